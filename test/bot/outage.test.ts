import { afterEach, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { openScene, type Scene } from "./scene.ts";

/**
 * Slack away, slow or half there, and several processes: everything is said once and in order. What is said goes by the
 * Web API whatever the transport of what comes in: one transport is enough here, and the second half is about sockets.
 */

const PACE = { doubtFirstMs: 100, doubtMaxMs: 400, callTimeoutMs: 700 };
const PATIENCE = { timeoutMs: 30_000 };

describe("messages while Slack is not itself", () => {
  let scene: Scene;
  afterEach(async () => {
    await scene.stop();
  });

  /** Adds a numbered entry to a case's thread, or to the desk's channel. */
  const say = (name: string, caseId: string | null, at = scene.store) =>
    at.transact((tx) => {
      const cause = `test:${name}:${caseId}`;
      const now = scene.desk.now();
      if (caseId === null) {
        const content = { event: "engine_trouble" as const, code: name, detail: {} };
        return tx.addSlack({ kind: "desk", cause, content }, now);
      }
      const content = { event: "accepted" as const, by: name, kinds: ["performance" as const] };
      return tx.addSlack({ kind: "thread", cause, caseId, content }, now);
    });
  /** Names of entries, in the order in which they stand: in the threads of all cases, then in the channel. */
  const threads = () =>
    scene.slack
      .messages("C_DESK")
      .filter((m) => readable(m).includes("受付番号"))
      .map((root) => scene.slack.thread("C_DESK", root.ts).slice(1).map(nameIn));
  const channel = () =>
    scene.slack
      .messages("C_DESK")
      .map(nameIn)
      .filter((name) => name !== "");
  const nameIn = (m: { text: string }) => /n\d+/.exec(m.text)?.[0] ?? "";
  const names = (from: number, until: number) =>
    Array.from({ length: until - from }, (_, i) => `n${String(from + i).padStart(2, "0")}`);
  const opened = async () => {
    const { id } = await scene.openCase();
    const count = threads().length;
    await scene.slack.waitFor(() => threads().length > count && threads().at(-1)?.length === 1, PATIENCE);
    return id;
  };
  /** How many jobs of the outbox there were so far. */
  const jobs = async (): Promise<number> => {
    const db = await connectOnce(scene.database.url);
    const { rows } = await db.query("SELECT count(*)::int AS n FROM jobs.job WHERE name = 'slack.post'");
    await db.end();
    return rows[0]?.n ?? 0;
  };
  const settled = () =>
    expect
      .poll(async () => (await scene.store.transact((tx) => tx.vitals(scene.desk.now()))).oldestSlack, {
        timeout: 30_000,
      })
      .toBeNull();

  it("wait while it is gone, and are then said once each and in order", async () => {
    scene = await openScene({ pace: PACE });
    const [one, two] = [await opened(), await opened()];
    await scene.slack.down();
    for (const name of names(0, 8)) {
      await say(name, one);
      await say(name, two);
      await say(name, null);
    }
    // Several times the longest wait.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await scene.slack.up();
    await settled();
    for (const thread of threads()) expect(thread.slice(1)).toEqual(names(0, 8));
    expect(channel()).toEqual(names(0, 8));
    expect(JSON.stringify(scene.logged)).not.toContain("xoxb-");
  });

  it("of a long backlog in one thread take a job each, and no pauses", async () => {
    scene = await openScene({ pace: PACE });
    const id = await opened();
    await scene.door.stop();
    const before = await jobs();
    for (const name of names(0, 300)) await say(name, id);
    const again = await scene.openDoor();
    await settled();
    expect(threads()[0]?.slice(1)).toEqual(names(0, 300));
    expect((await jobs()) - before).toBeLessThan(320);
    await again.stop();
  });

  it("of a long backlog behind one that has to wait rest, and take two jobs each at most", async () => {
    scene = await openScene({ pace: PACE });
    const id = await opened();
    await scene.door.stop();
    const before = await jobs();
    for (const name of names(0, 100)) await say(name, id);
    scene.slack.fail("chat.postMessage", { status: 429, retryAfter: 2, times: 3 });
    const again = await scene.openDoor();
    await settled();
    expect(threads()[0]?.slice(1)).toEqual(names(0, 100));
    expect((await jobs()) - before).toBeLessThan(230);
    await again.stop();
  });

  it("are neither lost nor doubled by limits, server errors, late answers and answers that never come", async () => {
    scene = await openScene({ pace: PACE });
    const id = await opened();
    const { slack } = scene;
    const strikes = [
      { status: 503, times: 2 },
      { status: 429, retryAfter: 1 },
      // Slack took these, and nobody heard of it.
      { delayMs: 1500 },
      { dropAfterStore: true },
      { error: "internal_error" },
      { status: 429, retryAfter: 1 },
      { delayMs: 1500 },
    ];
    for (const strike of strikes) slack.fail("chat.postMessage", strike);
    // The question itself fails, too: what is in doubt stays in doubt.
    slack.fail("conversations.replies", { status: 429, retryAfter: 1 });
    slack.fail("conversations.replies", { status: 500 });
    for (const name of names(0, 10)) await say(name, id);
    await settled();
    expect(threads()[0]?.slice(1)).toEqual(names(0, 10));
  });

  it("of one case that Slack will not take hold up no other case", async () => {
    scene = await openScene({ pace: PACE });
    const [one, two] = [await opened(), await opened()];
    scene.slack.fail("chat.postMessage", { error: "restricted_action" });
    await say("n00", one);
    await expect.poll(() => JSON.stringify(scene.logged), { timeout: 10_000 }).toContain("restricted_action");
    await say("n01", one);
    await say("n02", two);
    await say("n03", null);
    await scene.slack.waitFor(() => channel().includes("n03") && threads()[1]?.includes("n02"), PATIENCE);
    // Nothing overtakes within a case.
    expect(threads()[0]).not.toContain("n01");
  });

  it("are said by one of two processes, and by the other one when that is gone", async () => {
    scene = await openScene({ pace: PACE });
    const id = await opened();
    const another = await scene.openAnother();
    const half = names(0, 10).map((name, i) => say(name, id, i % 2 === 0 ? scene.store : another.store));
    await Promise.all(half);
    // Hearing does not depend on who speaks.
    expect([scene.door.connected(), another.door.connected()]).toEqual([true, true]);
    await scene.door.stop();
    for (const name of names(10, 20)) await say(name, id, another.store);
    await settled();
    const said = threads()[0]?.slice(1) ?? [];
    expect(said.slice(0, 10).sort()).toEqual(names(0, 10));
    expect(said.slice(10)).toEqual(names(10, 20));
    await another.door.stop();
    await another.close();
  });

  it("that another living process is saying are left to it, and taken over when it dies", async () => {
    scene = await openScene({ pace: PACE });
    const id = await opened();
    const another = await scene.openAnother();
    await another.jobs.work("desk.issue", async () => {});
    await scene.door.stop();
    await another.door.stop();
    await say("n00", id);
    const row = await scene.waitingSlack();
    const lease = new Date(Date.now() + 600_000).toISOString();
    await another.store.transact((tx) => tx.claimSlack(row, scene.desk.now(), lease));
    const again = await scene.openDoor();
    await expect
      .poll(
        async () => (await scene.store.transact((tx) => tx.claimSlack(row, scene.desk.now(), lease)))?.held,
      )
      .toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(threads()[0]).not.toContain("n00");
    await another.close();
    await scene.slack.waitFor(() => threads()[0]?.includes("n00"), { timeoutMs: 60_000 });
    await settled();
    expect(threads()[0]?.slice(1)).toEqual(["n00"]);
    await again.stop();
  });
});

describe("the connection in socket mode", () => {
  let scene: Scene;
  afterEach(async () => {
    await scene.stop();
  });

  it("outlives a refused token and server errors at a reconnect", async () => {
    scene = await openScene();
    const { slack, door } = scene;
    slack.fail("apps.connections.open", { error: "invalid_auth" });
    slack.fail("apps.connections.open", { status: 502 });
    await slack.down();
    await expect.poll(() => door.connected(), { timeout: 10_000 }).toBe(false);
    await slack.up();
    await expect.poll(() => door.connected(), { timeout: 40_000 }).toBe(true);
    expect(slack.connections).toBe(1);
    expect(JSON.stringify(scene.logged)).toContain("invalid_auth");
  });

  it("that is being made when the door stops is not left open", async () => {
    scene = await openScene();
    const { slack, door } = scene;
    slack.fail("apps.connections.open", { delayMs: 800, times: 5 });
    await slack.down();
    await expect.poll(() => door.connected(), { timeout: 10_000 }).toBe(false);
    await slack.up();
    const asked = () => slack.calls.filter(({ method }) => method === "apps.connections.open").length;
    const before = asked();
    await slack
      .waitFor(() => asked() > before, { timeoutMs: 10_000, what: "a new attempt" })
      .catch(() => null);
    await door.stop();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(slack.connections).toBe(0);
  });
});
