import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onServer } from "../database.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { openScene, type Scene } from "./scene.ts";

/**
 * What committed steps left to be said reaches Slack once, in order, whatever fails on the way. It goes by the Web API
 * whatever the transport of what comes in: one transport is enough here.
 */
describe("the outbox to Slack", () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await openScene({ ordererChannel: "C_BRANCH" });
  });
  afterEach(async () => {
    await scene.stop();
  });

  it("posts once although the answer to the post was lost", async () => {
    const { slack } = scene;
    slack.fail("chat.postMessage", { dropAfterStore: true, times: 2 });
    await scene.openCase();
    const [root] = await slack.waitFor(() =>
      slack.messages("C_BRANCH").length > 0 ? slack.messages("C_BRANCH") : null,
    );
    const log = () => (root === undefined ? [] : slack.thread("C_BRANCH", root.ts));
    await slack.waitFor(() => log().length === 2, { timeoutMs: 15_000, what: "the thread's first message" });
    const command = await slack.person("U_CLERK").command("/hosho", "引受 1 1 1");
    expect(command.ok).toBe(true);
    expect(slack.messages("C_BRANCH")).toHaveLength(1);
    expect(log()).toHaveLength(2);
    expect(slack.messages("C_DESK")).toEqual([]);
  });

  it("waits as long as Slack asks for, then keeps the order of a thread", async () => {
    const { slack, store, desk } = scene;
    const { id } = await scene.openCase();
    const [root] = await slack.waitFor(() =>
      slack.messages("C_BRANCH").length > 0 ? slack.messages("C_BRANCH") : null,
    );
    const log = () => (root === undefined ? [] : slack.thread("C_BRANCH", root.ts).slice(1));
    await slack.waitFor(() => log().length === 1, { what: "the first entry" });
    slack.fail("chat.postMessage", { status: 429, retryAfter: 1, times: 1 });
    for (const name of ["甲", "乙", "丙"]) {
      const content = { event: "accepted" as const, by: name, kinds: ["performance" as const] };
      await store.transact((tx) =>
        tx.addSlack({ kind: "thread", cause: `test:${name}`, caseId: id, content }, desk.now()),
      );
    }
    await slack.waitFor(() => log().length === 4, { timeoutMs: 15_000, what: "all entries" });
    expect(
      log()
        .map((m) => m.text.slice(0, 1))
        .slice(1),
    ).toEqual(["甲", "乙", "丙"]);
  });

  it("never uploads a document that holds a key", async () => {
    const { slack, store, desk, logged } = scene;
    const { id } = await scene.openCase();
    await slack.waitFor(() => slack.messages("C_BRANCH")[0]);
    const documentId = randomUUID();
    await store.transact(async (tx) => {
      const found = await tx.caseById(id);
      const guaranteeId = found?.guarantees[0]?.id ?? "";
      const bytes = desk.sealer.seal(new TextEncoder().encode("%PDF-"));
      await tx.saveDocument({
        id: documentId,
        guaranteeId,
        position: 0,
        kind: "notice",
        filename: "notice.pdf",
        sealed: true,
        bytes,
      });
      await tx.addSlack(
        { kind: "file", cause: "test", caseId: id, documentId, filename: "notice.pdf", title: "notice" },
        desk.now(),
      );
    });
    await expect
      .poll(() => logged.map(({ facts }) => JSON.stringify(facts)).join(), { timeout: 10_000 })
      .toContain("document_holds_a_key");
    expect(slack.calls.map(({ method }) => method)).not.toContain("files.getUploadURLExternal");
  });

  it("tells the desk's channel what concerns no case, keys masked", async () => {
    const { slack, store, desk } = scene;
    const problems = [
      {
        field: "queries.0.number",
        code: "missing" as const,
        text: "認証キー ABCDEFGHJKLM だけが書かれています。",
      },
    ];
    const content = {
      event: "letter_for_staff" as const,
      letterId: "l",
      kind: "verification" as const,
      from: "a@town.example",
      subject: null,
      parked: false,
      answered: false,
      reason: "no_query",
      problems,
    };
    await store.transact((tx) => tx.addSlack({ kind: "desk", cause: "letter:l", content }, desk.now()));
    const told = await slack.waitFor(() => slack.messages("C_DESK")[0]);
    expect(readable(told)).toContain("a@town.example");
    expect(readable(told) + told.text).not.toContain("ABCDEFGHJKLM");
    expect(slack.rejections).toEqual([]);
  });

  it("does not post what a frozen process took up long ago", async () => {
    const { slack, store, desk, logged } = scene;
    const { id } = await scene.openCase();
    const root = await slack.waitFor(() => slack.messages("C_BRANCH")[0]);
    const thread = () => slack.thread("C_BRANCH", root.ts).slice(1);
    await slack.waitFor(() => thread().length === 1, { what: "the first entry" });
    // Doubt makes it ask before it posts; it freezes while it asks.
    slack.fail("chat.postMessage", { status: 500 });
    slack.fail("conversations.replies", { delayMs: 1500 });
    const content = { event: "accepted" as const, by: "甲", kinds: ["performance" as const] };
    await store.transact((tx) =>
      tx.addSlack({ kind: "thread", cause: "test:甲", caseId: id, content }, desk.now()),
    );
    const asked = () => slack.calls.some(({ method }) => method === "conversations.replies");
    await slack.waitFor(asked, { timeoutMs: 10_000, what: "the question" });
    const { now } = desk;
    desk.now = () => new Date(Date.now() + 9.5 * 60_000).toISOString();
    await expect.poll(() => JSON.stringify(logged), { timeout: 10_000 }).toContain("claim too old");
    desk.now = now;
    await slack.waitFor(() => thread().length === 2, { timeoutMs: 20_000, what: "the entry" });
    expect(thread().map((m) => m.text.slice(0, 1))[1]).toBe("甲");
  });

  it("gives up entries of a thread whose card Slack will not take, after an hour, and counts them", async () => {
    const { slack, store, desk, logged, database } = scene;
    slack.fail("chat.postMessage", { error: "invalid_blocks" });
    const { id } = await scene.openCase();
    await expect.poll(() => JSON.stringify(logged), { timeout: 10_000 }).toContain("invalid_blocks");
    const open = async () => (await store.transact((tx) => tx.vitals(desk.now()))).oldestSlack;
    expect(await open()).not.toBeNull();
    const [hour, ago] = [3_600_000, new Date(Date.now() - 3 * 3_600_000).toISOString()];
    await onServer(database.url, `UPDATE slack_messages SET created_at = '${ago}' WHERE case_id = '${id}'`);
    await expect.poll(open, { timeout: 20_000 }).toBeNull();
    expect(JSON.stringify(logged)).toContain("root_missing");
    const soon = new Date(Date.now() + hour).toISOString();
    // The card and its entry.
    expect((await store.transact((tx) => tx.discrepancies(soon))).untoldSlack).toBe(2);
  });

  it("posts a card anew that somebody deleted", async () => {
    const { slack, store, desk } = scene;
    const { id } = await scene.openCase();
    await slack.waitFor(() => slack.messages("C_BRANCH")[0]);
    slack.fail("chat.update", { error: "message_not_found" });
    await store.transact((tx) => tx.addSlack({ kind: "card", caseId: id }, desk.now()));
    await slack.waitFor(() => slack.messages("C_BRANCH").length === 2, { timeoutMs: 10_000 });
  });
});

describe.each(["socket", "http"] as const)("trouble around the door over %s", (mode) => {
  let scene: Scene;
  afterEach(async () => {
    await scene.stop();
  });

  it("says that the database is away and that nothing was done", async () => {
    scene = await openScene({ mode });
    await scene.database.drop();
    const seen = await scene.slack.person("U_CLERK").command("/hosho", "一覧", { waitMs: 15_000 });
    expect(seen.ok).toBe(true);
    const reference = /参照番号 ([0-9A-F]{8})/.exec(
      await scene.slack.waitFor(
        () =>
          [seen.text, ...scene.slack.ephemerals("U_CLERK").map((e) => readable(e))].find((t) =>
            t.includes("参照番号"),
          ),
        { timeoutMs: 20_000 },
      ),
    )?.[1];
    expect(
      seen.text +
        scene.slack
          .ephemerals("U_CLERK")
          .map((e) => readable(e))
          .join(),
    ).toContain("何も行っていません");
    expect(JSON.stringify(scene.logged)).toContain(reference);
    expect(JSON.stringify(scene.logged)).not.toContain("xoxb-");
  });
});

describe("the door in socket mode", () => {
  let scene: Scene;
  afterEach(async () => {
    await scene.stop();
  });

  it("comes back when Slack was away", async () => {
    scene = await openScene();
    const { slack, door } = scene;
    expect(door.connected()).toBe(true);
    await slack.down();
    await expect.poll(() => door.connected(), { timeout: 10_000 }).toBe(false);
    await slack.up();
    await expect.poll(() => door.connected(), { timeout: 20_000 }).toBe(true);
    expect((await slack.person("U_CLERK").command("/hosho", "")).text).toContain("案件");
  });

  it("leaves no socket behind after a stop", async () => {
    scene = await openScene();
    await scene.door.stop();
    await expect.poll(() => scene.slack.connections, { timeout: 5000 }).toBe(0);
    expect(scene.door.connected()).toBe(false);
  });
});

describe("the door in http mode", () => {
  let scene: Scene;
  afterEach(async () => {
    await scene.stop();
  });

  it("refuses requests that Slack has not signed", async () => {
    scene = await openScene({ mode: "http" });
    scene.slack.signingSecret = "forged";
    const seen = await scene.slack.person("U_CLERK").command("/hosho", "一覧");
    expect(seen.ok).toBe(false);
    expect(seen.ephemerals).toEqual([]);
  });

  it("takes no request after a stop", async () => {
    scene = await openScene({ mode: "http" });
    const ask = () => fetch(`${scene.slack.appUrl}/slack/events`, { method: "POST", body: "" });
    expect((await ask()).status).toBe(401);
    await scene.door.stop();
    await expect(ask()).rejects.toThrow();
  });
});
