import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remindIdle } from "../../core/desk/reminders.ts";
import { composed, outgoing } from "../prisma/samples.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { openScene, type Scene } from "./scene.ts";

const UNDELIVERED = "届いていないメール：1通（「/hosho 復旧」）";
const NEXT = "担当（届いていないメール）";
const HOUR_MS = 3_600_000;

/** A case is not done with while a letter of it did not arrive: card, lists, details and reminders say so. */
describe("a case that has ended, and whose letter came back", () => {
  let scene: Scene;
  let found: { id: string; receiptNumber: string };
  let letterId = "";
  beforeAll(async () => {
    scene = await openScene();
    found = await scene.openCase();
    await scene.openCase();
    await scene.store.transact((tx) => ended(tx));
    await scene.slack.waitFor(() => card().includes("次の対応：ありません"), { what: "the card at rest" });
    await aged(30);
    letterId = await letterOut("refused", "550 5.1.1 no such user");
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  type Rows = Parameters<Parameters<Scene["store"]["transact"]>[0]>[0];
  async function ended(tx: Rows) {
    const one = await tx.lockCase(found.id);
    if (one === null) throw new Error("no case");
    await tx.saveGuarantees(
      one.id,
      one.guarantees.map(({ id, kind, requested }) => ({
        ...{ id, kind, requested, status: "withdrawn" as const, reason: "申込者の都合" },
      })),
    );
    await tx.addSlack({ kind: "card", caseId: one.id }, scene.desk.now());
  }

  /** It ended so many days ago. */
  async function aged(days: number) {
    const client = new pg.Client({ connectionString: scene.database.url });
    await client.connect();
    await client.query("UPDATE cases SET changed_at = changed_at - make_interval(days => $1) WHERE id = $2", [
      ...[days, found.id],
    ]);
    await client.end();
  }

  async function letterOut(state: "parked" | "refused" | "sent", detail: string) {
    const { store, desk } = scene;
    const id = randomUUID();
    await store.transact(async (tx) => {
      const sealed = desk.sealer.seal(Buffer.from("secret words of the letter"));
      await tx.addLetter({ ...outgoing(`test:${id}`), caseId: found.id }, sealed, composed(id), desk.now());
    });
    await store.transact(async (tx) => {
      const [claim] = await tx.claimLetters([id], desk.now(), desk.now());
      const attempt = claim?.row.attempt ?? 0;
      await tx.settleLetters([{ id, attempt, state, at: desk.now(), detail }]);
      // As the mail door does with a letter that goes to staff.
      if (state !== "sent") await tx.addSlack({ kind: "card", caseId: found.id }, desk.now());
    });
    return id;
  }

  const card = () =>
    scene.slack
      .messages("C_DESK")
      .filter((m) => m.threadTs === null)
      .map(readable)
      .find((text) => text.includes(found.receiptNumber)) ?? "";
  const said = async (person: string, text = "") =>
    (await scene.slack.person(person).command("/hosho", text)).text;

  it("is on the list of all, on that of who may deal with it, and on nobody else's", async () => {
    for (const text of [await said("U_CLERK", "一覧"), await said("U_CLERK"), await said("U_BOSS")]) {
      expect(text).toContain(found.receiptNumber);
      expect(text).toContain(UNDELIVERED);
      expect(text).toContain(`次の対応：${NEXT}`);
    }
    expect(await said("U_REG")).not.toContain(found.receiptNumber);
  });

  it("names the letter in its details: which, where to, how it stands; never what it says", async () => {
    const text = await said("U_CLERK", `詳細 ${found.receiptNumber}`);
    const part = text.slice(text.indexOf("送信したメール"));
    expect(part).toContain(UNDELIVERED);
    expect(part).toMatch(/宛先：suzuki@tone\.example　届いていません/);
    expect(text).not.toContain("secret words");
    const none = (await said("U_CLERK", `詳細 ${await other()}`)).split("送信したメール")[1];
    expect(none).toMatch(/^\s*（?なし|ありません/);
  });

  it("is reminded of, once the letter has waited so long itself", async () => {
    const deskIn = (hours: number) => ({
      store: scene.store,
      now: () => new Date(Date.now() + hours * HOUR_MS).toISOString(),
    });
    const reminders = async () =>
      (await scene.audited()).filter(({ action, caseId }) => action === "reminded" && caseId === found.id);
    await remindIdle(deskIn(47), 48);
    expect(await reminders()).toEqual([]);
    while ((await remindIdle(deskIn(73), 48)) > 0);
    expect(await reminders()).toMatchObject([{ data: { days: 3, waitsFor: "staff" } }]);
  });

  it("is done with again, on its card too, when the letter is sent again or closed", async () => {
    await expect.poll(card).toContain(`次の対応：${NEXT}`);
    await press("もう一度");
    await expect.poll(card).toContain("次の対応：ありません");
    await scene.store.transact((tx) => tx.claimLetters([letterId], scene.desk.now(), scene.desk.now()));
    const again = await letterOut("parked", "gave_up: timeout");
    await expect.poll(card).toContain(UNDELIVERED);
    await press("終了");
    await expect.poll(card).not.toContain("届いていないメール");
    expect((await scene.store.transact((tx) => tx.outboundLetter(again)))?.state).toBe("closed");
    expect(await said("U_CLERK", "一覧")).not.toContain(found.receiptNumber);
    expect(await said("U_CLERK", `詳細 ${found.receiptNumber}`)).toContain("担当者が終了しました");
  });

  it("lists the newest ten letters and says when there are more", async () => {
    for (let n = 0; n < 11; n += 1) await letterOut("sent", "250 ok");
    const text = await said("U_CLERK", `詳細 ${found.receiptNumber}`);
    expect(text.match(/送信済み/g)).toHaveLength(10);
    expect(text).toContain("新しい順に10通を表示しています");
  });

  async function press(label: string) {
    const [shown] = (await scene.slack.person("U_CLERK").command("/hosho", "復旧")).ephemerals;
    if (shown === undefined) throw new Error("nothing waits");
    await scene.slack.person("U_CLERK").click(shown, label);
  }
  async function other() {
    const cases = await scene.store.transact((tx) => tx.openCases(10));
    return cases.find(({ id }) => id !== found.id)?.receiptNumber ?? "";
  }
});
