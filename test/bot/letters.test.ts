import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import writeSheet from "write-excel-file/node";
import { dayInTokyo } from "../../core/dates.ts";
import { parkLetter } from "../../core/desk/park.ts";
import { receiveLetter } from "../../core/desk/receive.ts";
import { newAuthKey } from "../../core/guarantee/auth-key.ts";
import type { LetterVerdict } from "../../core/rows/letters.ts";
import { readLetterBytes } from "../../mail/letter/read.ts";
import { arrived, recordOne } from "../prisma/samples.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Ephemeral, Message, Seen } from "../sandbox/slack/types.ts";
import { openScene, type Scene } from "./scene.ts";

/** What the reader understood of a letter, and the letter itself: at every message about it, for one pair of eyes. */
describe.each(["socket", "http"] as const)("a letter, looked at from Slack over %s", (mode) => {
  let scene: Scene;
  let uid = 0;
  const key = newAuthKey((length) => randomBytes(length));
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    await scene.stop();
  });

  const clerk = () => scene.slack.person("U_CLERK");
  const shown = (seen: Seen): Ephemeral => {
    const last = seen.ephemerals.at(-1);
    if (last === undefined) throw new Error(`nothing shown: ${seen.error ?? ""}`);
    return last;
  };
  /** A message of the desk's channel or of one of its threads. */
  const said = (words: string): Promise<Message> =>
    scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .flatMap((root) => [root, ...scene.slack.thread("C_DESK", root.ts)])
          .find((m) => readable(m).includes(words)),
      { what: words, timeoutMs: 10_000 },
    );
  const looks = async () => {
    const entries = await scene.audited();
    return entries.filter(({ action }) => action === "letter_viewed");
  };

  async function store(raw: Buffer, sender = "suzuki@tone-kensetsu.example") {
    const { desk } = scene;
    uid += 1;
    const letter = arrived({
      ...{ place: { mailbox: "INBOX", uidValidity: 9n, uid }, sender, receivedAt: desk.now() },
      ...{ contentKey: randomBytes(32).toString("hex"), sealedRaw: desk.sealer.seal(raw), size: raw.length },
    });
    return (await desk.store.transact((tx) => recordOne(tx, letter))).id;
  }

  /** As the mail door does it. */
  async function receive(raw: Buffer) {
    const id = await store(raw);
    const { letter, reading, evidence } = await readLetterBytes(raw);
    const facts = {
      ...{ id, receivedAt: scene.desk.now(), subject: letter.subject, messageId: letter.messageId },
      ...{ references: [], authenticated: false, authenticationResults: null },
      ...{ uncapped: false, notAnswered: null },
    };
    expect(await receiveLetter(scene.desk, facts, reading, evidence)).toBe(true);
    return id;
  }

  /** A letter that was read before, with what is kept of that. */
  async function finished(id: string, verdict: Partial<LetterVerdict> = {}): Promise<void> {
    const { desk } = scene;
    await desk.store.transact(async (tx) => {
      await tx.finishLetter(id, {
        ...{ state: "for_staff", at: desk.now(), kind: "unrecognised", fromAddress: "town@tone.example" },
        ...{ subject: "ご照会", messageId: null, authenticationResults: null, trust: "other" },
        ...{ caseId: null, reason: "stranger", evidence: [], problems: [], ...verdict },
      });
      const content = { event: "stranger_asked" as const, from: `no${uid}@tone.example`, letterId: id };
      await tx.addSlack({ kind: "desk", cause: `letter:${id}`, content }, desk.now());
    });
  }

  const plainLetter = (text: string, subject = "ご照会") =>
    Buffer.from(
      [
        "From: <suzuki@tone-kensetsu.example>",
        "To: <desk@hosho.example>",
        `Subject: =?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`,
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
      ].join("\r\n"),
    );

  async function applicationLetter() {
    const rows = [
      ["発注者", "利根町長"],
      ["受注者", "利根建設株式会社"],
      ["工事名", "町道112号線改良工事"],
      ["請負契約日", "2026年4月10日"],
      ["工期", "2026年4月11日から2027年3月19日まで"],
      ["請負金額", "50,000,000円"],
    ].map((row) => row.map((value) => ({ value, type: String })));
    const book = await writeSheet(rows, { sheet: "申込書" }).toBuffer();
    const text = [
      "前払金保証をお願いします。",
      "保証金額：20,000,000円",
      "証書の形式：電子保証",
      `なお、前の工事の認証キーは ${key.slice(0, 4)}-${key.slice(4, 8)}-${key.slice(8)} でした。`,
    ].join("\r\n");
    return Buffer.from(
      [
        "From: <suzuki@tone-kensetsu.example>",
        "To: <desk@hosho.example>",
        "Message-ID: <application@tone-kensetsu.example>",
        `Subject: =?UTF-8?B?${Buffer.from("前払金保証の申込み").toString("base64")}?=`,
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
        "--b",
        "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        `Content-Disposition: attachment; filename="=?UTF-8?B?${Buffer.from("申込書.xlsx").toString("base64")}?="`,
        "Content-Transfer-Encoding: base64",
        "",
        book.toString("base64").replace(/.{76}/g, "$&\r\n"),
        "--b--",
      ].join("\r\n"),
    );
  }

  it("says of each value what it is, where it stands, in which words, and how sure that is", async () => {
    const id = await receive(await applicationLetter());
    const opened = await said("申込みを受け付けました");
    const before = (await looks()).length;
    const seen = await clerk().click(opened, "読み取り結果");
    const text = seen.text;
    expect(text).toContain("工事名：町道112号線改良工事");
    expect(text).toContain("添付「申込書.xlsx」申込書!B3「町道112号線改良工事」（項目名あり）");
    expect(text).toContain("請負金額：50,000,000円");
    expect(text).toContain("請負契約日：令和8年4月10日");
    expect(text).toContain("前払金保証の保証金額：20,000,000円");
    expect(text).toMatch(/本文2行目「20,000,000円」（項目名あり）/);
    expect(text).toContain("読み取れなかった項目");
    expect(shown(seen).threadTs).toBe(opened.threadTs);
    const [look, ...others] = (await looks()).slice(before);
    expect(others).toEqual([]);
    expect(look?.actor).toContain("1001");
    expect(look?.data).toMatchObject({ view: "reading", letterId: id });
    expect(look?.caseId).not.toBeNull();
  });

  it("shows the original with its attachments, keys masked, to one person alone, and a second click again", async () => {
    const opened = await said("申込みを受け付けました");
    const before = (await looks()).length;
    const [first, second] = await Promise.all([
      clerk().click(opened, "原文を見る"),
      scene.slack.person("U_BOSS").click(opened, "原文を見る"),
    ]);
    for (const { text } of [first, second]) {
      expect(text).toContain("前払金保証をお願いします");
      expect(text).toContain("・申込書.xlsx");
      expect(text).toContain("●●●●●●●●●●●●");
    }
    const everything = [scene.slack.messages(), scene.slack.ephemerals("U_CLERK")];
    expect(JSON.stringify(everything)).not.toContain(key.slice(4, 8));
    expect(JSON.stringify(scene.slack.thread("C_DESK", opened.threadTs ?? ""))).not.toContain("前の工事");
    expect((await looks()).slice(before).map(({ data }) => data.view)).toEqual(["original", "original"]);
    expect(scene.slack.rejections).toEqual([]);
  });

  it("is found again in the details of its case, and a correction says by which letter", async () => {
    const [found] = await scene.store.transact((tx) => tx.openCases(1));
    const { receiptNumber, id: caseId } = found ?? { receiptNumber: "", id: "" };
    const id = await store(plainLetter("請負金額は55,000,000円でした。"));
    const { desk } = scene;
    await scene.store.transact(async (tx) => {
      await tx.finishLetter(id, {
        ...{ state: "answered", at: desk.now(), kind: "correction", subject: `Re: ${receiptNumber}` },
        ...{ fromAddress: "suzuki@tone-kensetsu.example", messageId: null, authenticationResults: null },
        ...{ trust: "registered", caseId, reason: null, evidence: [], problems: [] },
      });
      const changes = [{ field: "contractPriceYen", before: "50000000", after: "55000000" }];
      const content = { event: "corrected" as const, letterId: id, changes };
      await tx.addSlack({ kind: "thread", cause: `letter:${id}`, caseId, content }, desk.now());
    });
    const corrected = readable(await said("訂正を反映しました"));
    expect(corrected).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d に受信したメール（差出人 suzuki@tone-kensetsu.example）/,
    );
    expect(corrected).toContain("請負金額：50,000,000円 → 55,000,000円");
    const details = await clerk().command("/hosho", `詳細 ${receiptNumber}`);
    const listed = details.text;
    expect(listed.indexOf("訂正　件名")).toBeGreaterThan(0);
    expect(listed.indexOf("訂正　件名")).toBeLessThan(listed.indexOf("申込み　件名"));
    const seen = await clerk().click(shown(details), "原文を見る", { index: 0 });
    expect(seen.text).toContain("請負金額は55,000,000円でした");
  });

  it("that is long comes in pages, and nothing of it is lost", async () => {
    const lines = Array.from(
      { length: 1500 },
      (_, n) => `第${n}条　甲は乙に対し、工事を請け負わせるものとする。`,
    );
    await finished(await store(plainLetter(lines.join("\r\n"))));
    const collected: string[] = [];
    let seen = await clerk().click(await said(`no${uid}@`), "原文を見る");
    for (let page = 1; page < 20; page += 1) {
      await scene.slack.waitFor(() => seen.ephemerals.at(-1)?.blocks.at(-1)?.type === "actions");
      collected.push(seen.text);
      if (!readable(shown(seen)).includes("続きを見る")) break;
      seen = await clerk().click(shown(seen), "続きを見る");
    }
    expect(collected.length).toBeGreaterThan(2);
    const all = collected.join("\n");
    for (const line of lines) expect(all).toContain(line);
    expect(scene.slack.rejections).toEqual([]);
  });

  it("names what could not be read", async () => {
    const problems = [
      { field: "worksUntil", code: "missing" as const, text: "工期の終期が記載されていません。" },
    ];
    await finished(await store(plainLetter("x")), { problems });
    const seen = await clerk().click(await said(`no${uid}@`), "読み取り結果");
    expect(seen.text).toContain("読み取れなかった項目（1件）");
    expect(seen.text).toContain("・工期の終期が記載されていません。");
    expect(seen.text).toContain("読み取った項目（0件）");
  });

  it("is nobody's who has no role, and no stranger's; what waits is not a registrar's", async () => {
    await finished(await store(plainLetter("秘密の相談")));
    const told = await said(`no${uid}@`);
    const before = (await looks()).length;
    for (const who of ["U_STRANGER", "U_NONE"])
      for (const name of ["読み取り結果", "原文を見る"]) {
        const seen = await scene.slack.person(who).click(told, name);
        expect(seen.ephemerals).toHaveLength(1);
        expect(seen.text).not.toMatch(/秘密|ご照会/);
      }
    const parked = await store(plainLetter("秘密の相談", `保留${uid}`));
    await parkLetter(scene.desk, parked, "too_large");
    const waiting = await said("メールが大きすぎます");
    expect(readable(waiting)).not.toContain("読み取り結果");
    const registrar = await scene.slack.person("U_REG").click(waiting, "原文を見る");
    expect(registrar.text).toContain("担当または承認者の役割");
    expect(await looks()).toHaveLength(before);
    expect((await clerk().click(waiting, "原文を見る")).text).toContain("秘密の相談");
    // The list of what waits shows the same letter, and that look is noted, too.
    const list = shown(await clerk().command("/hosho", "復旧"));
    expect((await clerk().click(list, "内容を見る")).text).toContain("秘密の相談");
    const noted = (await looks()).slice(before).map(({ data }) => data.letterId);
    expect(noted).toEqual([parked, parked]);
  });

  it("that was erased, or is not there, is said to be so", async () => {
    const id = await store(plainLetter("消える内容"));
    await finished(id);
    const told = await said(`no${uid}@`);
    const { desk } = scene;
    await desk.store.transact((tx) =>
      tx.eraseLettersOf("town@tone.example", dayInTokyo(desk.now()), desk.now(), 10),
    );
    const before = (await looks()).length;
    for (const name of ["読み取り結果", "原文を見る"])
      expect((await clerk().click(told, name)).text).toContain("消去されています");
    await desk.store.transact((tx) => {
      const content = { event: "stranger_asked" as const, from: "ghost@tone.example", letterId: "forged" };
      return tx.addSlack({ kind: "desk", cause: "letter:forged", content }, desk.now());
    });
    const seen = await clerk().click(await said("ghost@tone.example"), "原文を見る");
    expect(seen.text).toContain("記録に見つかりません");
    expect(await looks()).toHaveLength(before);
  });
});
