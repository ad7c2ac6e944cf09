import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parkLetter } from "../../core/desk/park.ts";
import { newAuthKey } from "../../core/guarantee/auth-key.ts";
import { arrived, composed, outgoing, recordOne } from "../prisma/samples.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Ephemeral, Seen } from "../sandbox/slack/types.ts";
import { openScene, type Scene } from "./scene.ts";

/** 復旧: what waits for a person is listed, shown, tried again and closed, once each and by whom it concerns. */
describe.each(["socket", "http"] as const)("letters that wait for a person, over %s", (mode) => {
  let scene: Scene;
  let uid = 0;
  const key = newAuthKey((length) => randomBytes(length));
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    await scene.stop();
  });
  beforeEach(async () => {
    const { store, desk } = scene;
    await store.transact(async (tx) => {
      for (const { id } of await tx.parkedLetters(100)) await tx.closeLetter(id, desk.now());
      for (const { id } of await tx.parkedOutbound(100)) await tx.closeOutbound(id, desk.now());
    });
  });

  const clerk = () => scene.slack.person("U_CLERK");
  const shown = (seen: Seen): Ephemeral => {
    const [first] = seen.ephemerals;
    if (first === undefined) throw new Error(`nothing shown: ${seen.error ?? ""}`);
    return first;
  };
  const told = (words: string) =>
    scene.slack.waitFor(() => scene.slack.messages("C_DESK").find((m) => readable(m).includes(words)), {
      what: words,
      timeoutMs: 10_000,
    });

  async function letterIn(reason: string, text = "ご確認ください。", sender = "suzuki@tone.example") {
    const { store, desk } = scene;
    const raw = [
      `From: <${sender}>`,
      "To: <desk@hosho.example>",
      `Subject: =?UTF-8?B?${Buffer.from("ご相談").toString("base64")}?=`,
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      text,
    ].join("\r\n");
    uid += 1;
    const letter = arrived({
      ...{ place: { mailbox: "INBOX", uidValidity: 7n, uid }, sender, receivedAt: desk.now() },
      ...{ contentKey: randomBytes(32).toString("hex"), sealedRaw: desk.sealer.seal(Buffer.from(raw)) },
      size: raw.length,
    });
    const { id } = await store.transact((tx) => recordOne(tx, letter));
    await parkLetter(desk, id, reason);
    return id;
  }

  async function letterOut(state: "parked" | "refused", detail: string, caseId: string | null = null) {
    const { store, desk } = scene;
    const id = randomUUID();
    await store.transact(async (tx) => {
      const sealed = desk.sealer.seal(Buffer.from(`key ${key}`));
      await tx.addLetter({ ...outgoing(`test:${id}`), caseId }, sealed, composed(id), desk.now());
      const [claim] = await tx.claimLetters([id], desk.now(), desk.now());
      const attempt = claim?.row.attempt ?? 0;
      await tx.settleLetters([{ id, attempt, state, at: desk.now(), detail }]);
      if (state === "refused") await tx.suppress("suzuki@tone.example", detail, id, desk.now());
    });
    return id;
  }

  const outbound = (id: string) => scene.store.transact((tx) => tx.outboundLetter(id));
  const letter = (id: string) => scene.store.transact((tx) => tx.letter(id));

  it("are listed in both directions, oldest first, with the reason in plain words", async () => {
    await letterIn("unreadable");
    await letterOut("refused", "550 5.1.1 no such user");
    const seen = await clerk().command("/hosho", "復旧");
    expect(seen.text).toContain("（2件）");
    expect(seen.text.indexOf("メールを読み取れません")).toBeLessThan(
      seen.text.indexOf("受け取りを断られました"),
    );
    for (const word of ["[内容を見る]", "[もう一度]", "[終了]"]) expect(seen.text).toContain(word);
    expect(shown(seen).text).toContain("担当者の確認を待つメール");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("are shown to one person alone, keys masked, letters out without their text", async () => {
    await letterIn("unreadable", `番号 20800-000017 認証キー ${key} を確認したい。`);
    const seen = await clerk().click(shown(await clerk().command("/hosho", "recover")), "内容を見る");
    expect(seen.text).toContain("ご相談");
    expect(seen.text).toContain("を確認したい");
    expect(seen.text).toContain("●●●●●●●●●●●●");
    expect(JSON.stringify(scene.slack.messages())).not.toContain("を確認したい");
    await clerk().click(shown(seen), "終了");
    await letterOut("parked", "gave_up: timeout");
    const out = await clerk().click(shown(await clerk().command("/hosho", "復旧")), "内容を見る");
    expect(out.text).toContain("suzuki@tone.example");
    expect(out.text).toContain("認証キーが含まれることがあるため");
    expect(JSON.stringify([scene.slack.ephemerals("U_CLERK"), scene.slack.messages()])).not.toContain(key);
    expect(scene.slack.rejections).toEqual([]);
  });

  it("are tried again once, however often the button is pressed", async () => {
    const id = await letterIn("unreadable");
    const list = shown(await clerk().command("/hosho", "復旧"));
    const [first, second] = await Promise.all([
      clerk().click(list, "もう一度"),
      scene.slack.person("U_CLERK").click(list, "もう一度"),
    ]);
    await expect
      .poll(() => [first, second].map(({ text }) => text).join())
      .toMatch(/もう一度処理します[\s\S]*すでに別の操作|すでに別の操作[\s\S]*もう一度処理します/);
    expect((await letter(id))?.state).toBe("stored");
    await told("佐藤 一郎さんが、保留していたメール1件（差出人 suzuki@tone.example）の処理をやり直しました");
    // It fails again: staff hear of it again.
    await parkLetter(scene.desk, id, "too_large");
    await told("メールが大きすぎます");
  });

  it("are closed by a person, which the audit log names", async () => {
    const id = await letterIn("unreadable");
    const out = await letterOut("parked", "suppressed: recipient was refused before");
    for (let left = 2; left > 0; left -= 1) {
      const seen = await clerk().click(shown(await clerk().command("/hosho", "復旧")), "終了", { index: 0 });
      expect(seen.text).toContain("終了しました");
    }
    expect([(await letter(id))?.state, (await outbound(out))?.state]).toEqual(["closed", "closed"]);
    expect((await clerk().command("/hosho", "復旧")).text).toContain("ありません");
    await told("届いていなかったメールを終了しました");
    const audit = await scene.audited();
    for (const action of ["letter_closed", "outbound_closed"])
      expect(audit.find((entry) => entry.action === action)?.actor).toContain("1001");
  });

  it("go out again with the same bytes, and their address is open again", async () => {
    const { id: caseId } = await scene.openCase();
    const id = await letterOut("refused", "bounced: 5.1.1", caseId);
    const before = await outbound(id);
    expect(before?.suppressed).toBe(true);
    const list = shown(await clerk().command("/hosho", "復旧"));
    expect(readable(list)).toContain("不達通知が戻りました");
    expect(JSON.stringify(list.blocks)).not.toContain("二度届く");
    const seen = await clerk().click(list, "もう一度");
    expect(seen.text).toContain("もう一度送ります");
    const after = await outbound(id);
    expect(after).toMatchObject({ state: "pending", suppressed: false, messageId: before?.messageId });
    expect(after?.sealedBytes).toEqual(before?.sealedBytes);
    await scene.slack.waitFor(() => {
      const root = scene.slack.messages("C_DESK").find((m) => readable(m).includes("受付番号"));
      const thread = root === undefined ? [] : scene.slack.thread("C_DESK", root.ts);
      return thread.some((m) => readable(m).includes("再送を指示しました"));
    });
  });

  it.each([
    "interrupted_while_sending",
    "connection_lost_while_sending: ETIMEDOUT",
    "journal_unreachable: ECONNREFUSED",
    "words of an earlier release",
  ])("ask first when one may have arrived (%s), and an older list does nothing", async (detail) => {
    const id = await letterOut("parked", detail);
    const list = shown(await clerk().command("/hosho", "復旧"));
    expect(JSON.stringify(list.blocks)).toContain("同じメールが二度届くことがあります");
    await clerk().click(list, "もう一度");
    expect((await outbound(id))?.state).toBe("pending");
    await scene.store.transact(async (tx) => {
      const at = scene.desk.now();
      const [claim] = await tx.claimLetters([id], at, at);
      await tx.settleLetters([{ id, attempt: claim?.row.attempt ?? 0, state: "parked", at, detail }]);
    });
    const again = await clerk().click(list, "もう一度");
    expect(again.text).toContain("すでに別の操作");
    expect((await outbound(id))?.state).toBe("parked");
  });

  it("held by a cap come back together, those of one sender and no others", async () => {
    const held = [];
    for (let n = 0; n < 3; n += 1) held.push(await letterIn("cap_sender"));
    const [other, broken] = [
      await letterIn("cap_sender", "x", "b@fuji.example"),
      await letterIn("unreadable"),
    ];
    const list = shown(await clerk().command("/hosho", "復旧"));
    expect(readable(list).match(/件をまとめて/g)).toHaveLength(1);
    const seen = await clerk().click(list, "この差出人の 3 件をまとめて");
    expect(seen.text).toContain("メール3件");
    for (const id of held) expect((await letter(id))?.state).toBe("stored");
    for (const id of [other, broken]) expect((await letter(id))?.state).toBe("parked");
    await told("保留していたメール3件");
    expect((await clerk().click(list, "この差出人の 3 件をまとめて")).text).toContain("すでに別の操作");
  });

  it("are not the business of a registrar or of strangers, whatever they click", async () => {
    await letterIn("unreadable");
    const registrar = await scene.slack.person("U_REG").command("/hosho", "復旧");
    expect(registrar.text).toContain("担当または承認者の役割");
    expect(registrar.text).not.toContain("suzuki");
    expect((await scene.slack.person("U_STRANGER").command("/hosho", "復旧")).text).not.toContain("suzuki");
    const help = await scene.slack.person("U_REG").command("/hosho", "ヘルプ");
    expect(help.text).not.toContain("復旧");
    expect((await clerk().command("/hosho", "ヘルプ")).text).toContain("復旧（recover）");
  });

  it("that were erased, or never fetched, can only be closed", async () => {
    await letterIn("too_large");
    const { store, desk } = scene;
    uid += 1;
    const place = { mailbox: "INBOX", uidValidity: 7n, uid };
    const gone = arrived({
      ...{ place, oversize: true, receivedAt: desk.now(), sealedRaw: new Uint8Array() },
      contentKey: randomBytes(32).toString("hex"),
    });
    const { id } = await store.transact((tx) => recordOne(tx, gone));
    await parkLetter(desk, id, "too_large");
    const list = shown(await clerk().command("/hosho", "復旧"));
    expect(readable(list).match(/\[もう一度\]/g)).toHaveLength(1);
    const seen = await clerk().click(list, "内容を見る", { index: 1 });
    expect(seen.text).toContain("本文は表示できません");
  });

  it("are many: the list stays within Slack's limits and says that there are more", async () => {
    for (let n = 0; n < 23; n += 1) await letterIn("unreadable", "x", `a${n}@tone.example`);
    const seen = await clerk().command("/hosho", "復旧", { waitMs: 3000 });
    await scene.slack.waitFor(() => seen.text.includes("古い順に20件を表示"), { what: "the last page" });
    expect(seen.text.match(/\[内容を見る\]/g)).toHaveLength(20);
    expect(scene.slack.rejections).toEqual([]);
  });
});
