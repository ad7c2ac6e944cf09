import readXlsx from "read-excel-file/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import type { Draft, Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { apply, cardWith, command, issue } from "./steps.ts";
import {
  CHANNEL,
  CLERK,
  CONTRACTOR,
  DESK,
  OTHER_TOWN,
  STRANGER,
  startWorld,
  TOWN,
  type World,
} from "./world.ts";

/** Letters that ask, and letters that hold the wrong thing: what the desk answers by itself, and to whom. */

const PATIENCE = { timeoutMs: 20_000 };
const FORM = { subject: "申込書の送付依頼", text: "契約保証の申込書をメールでお送りください。\n" };
const LINK = {
  subject: "電子証券のご案内",
  text: "契約の保証として次のメールが届きました。有効か確認をお願いします。\n\n証券番号：D41-7730962\n閲覧ＵＲＬ：https://e-shoken.michinoku-sonpo.example/v/?id=7730962\n閲覧パスワード：k7Tm29QxLw4Z\n",
};
const stateOf = (receiptNumber: string | null) => ({
  subject: `進捗確認${receiptNumber === null ? "" : ` ${receiptNumber}`}`,
  text: "先週申し込んだ前払金保証ですが、現在の状況を教えてください。\n",
});

let world: World;
let database: Awaited<ReturnType<typeof freshDatabase>>;

async function open(settings: Record<string, string> = {}): Promise<void> {
  database = await freshDatabase();
  world = await startWorld({ databaseUrl: database.url, settings });
}
async function close(): Promise<void> {
  await world.stop();
  await database.drop();
}

/** @returns its Message-ID. */
async function write(from: string, letter: Omit<Draft, "to">): Promise<string> {
  return (await world.mail.send(from, { to: DESK, ...letter })).messageId;
}
const answerTo = (from: string, messageId: string): Promise<Letter> =>
  world.mail.waitForLetter(from, (l) => l.inReplyTo === messageId, PATIENCE);
const asks = async (from: string, letter: Omit<Draft, "to">) => answerTo(from, await write(from, letter));

/** What the desk's channel says of letters, each message once. */
const channelSays = (...words: string[]) =>
  world.slack
    .messages(CHANNEL)
    .map((m) => readable(m))
    .filter((text) => words.every((word) => text.includes(word)));
const staffHear = (count: number, ...words: string[]) =>
  world.slack.waitFor(() => channelSays(...words).length === count || undefined, {
    ...PATIENCE,
    what: `${count} messages with ${words.join(", ")}`,
  });
async function threadSays(receiptNumber: string): Promise<string[]> {
  const card = await cardWith(world, receiptNumber);
  return world.slack.thread(CHANNEL, card.ts).map((m) => readable(m));
}
async function rows<T>(sql: string, values: unknown[] = []): Promise<T[]> {
  const db = await connectOnce(database.url);
  const { rows: found } = await db.query(sql, values);
  await db.end();
  return found as T[];
}
const casesKept = async () => (await rows<{ n: number }>("SELECT count(*)::int AS n FROM cases"))[0]?.n;
/** Letters that leave or left, once everything that came is read. */
async function lettersOut(): Promise<number> {
  const unread = () => rows("SELECT id FROM letters WHERE state = 'stored'");
  await expect.poll(unread, { timeout: 20_000, interval: 50 }).toEqual([]);
  return (await rows("SELECT id FROM outbound_letters")).length;
}

describe("who asks for the form", () => {
  beforeAll(() => open());
  afterAll(close);

  it.each([
    ["a stranger", STRANGER],
    ["a town hall", TOWN],
    ["a contractor", CONTRACTOR],
  ])("%s gets it whole: a workbook and a text", async (_, from) => {
    const letter = await asks(from, FORM);
    expect(letter.subject).toContain("申込書");
    expect(letter.headers.get("auto-submitted")).toBe("auto-replied");
    const [workbook, text] = letter.attachments;
    expect([workbook?.filename, text?.filename]).toEqual(["申込書.xlsx", "申込書.txt"]);
    for (const { filename } of letter.attachments) expect(letter.text).toContain(`・${filename}`);
    const sheets = await readXlsx(workbook?.bytes ?? Buffer.alloc(0));
    expect(JSON.stringify(sheets)).toMatch(/保証申込書.*発注者名.*請負金額/);
    const words = new TextDecoder("utf-8", { fatal: true }).decode(text?.bytes);
    expect(words).toMatch(/発注者名（必須）：\r\n/);
    expect(channelSays(from)).toEqual([]);
  });

  it("twice gets it twice", async () => {
    const first = await asks(STRANGER, FORM);
    const second = await asks(STRANGER, { ...FORM, text: `${FORM.text}至急お願いします。\n` });
    expect(second.attachments.map(({ bytes }) => bytes)).toEqual(first.attachments.map(({ bytes }) => bytes));
  });

  it("in an automatic letter gets nothing", async () => {
    const before = await lettersOut();
    await write(STRANGER, { ...FORM, headers: { "Auto-Submitted": "auto-replied" } });
    await asks(CONTRACTOR, FORM);
    expect(await lettersOut()).toBe(before + 1);
  });
});

describe("who asks for the form more often than the cap allows", () => {
  beforeAll(() => open({ MAIL_CAP_SENDER_HOUR: "2" }));
  afterAll(close);

  it("gets it so often; the rest is kept for staff, and others are served", async () => {
    for (const n of [1, 2, 3, 4]) await write(STRANGER, { ...FORM, text: `${FORM.text}${n}回目です。\n` });
    const states = () => rows("SELECT state, reason FROM letters WHERE state <> 'stored' ORDER BY state");
    await expect
      .poll(states, { timeout: 20_000, interval: 50 })
      .toEqual([
        ...[1, 2].map(() => ({ state: "answered", reason: null })),
        ...[3, 4].map(() => ({ state: "parked", reason: "cap_sender" })),
      ]);
    await asks(TOWN, FORM);
    expect((await world.mail.inbox(STRANGER)).length).toBe(2);
  });
});

describe("who asks how far a case is", () => {
  let first: string;
  let others: string;
  beforeAll(async () => {
    await open();
    first = await apply(world, "町道501号線改良工事");
    others = await apply(world, "町道502号線改良工事", (text) => text, STRANGER);
  });
  afterAll(close);

  it("hears of the case he applied for, in a letter of that case without amounts", async () => {
    const letter = await asks(CONTRACTOR, stateOf(first));
    expect(letter.subject).toContain(first);
    expect(letter.text).toContain("町道501号線改良工事");
    expect(letter.text).toContain("・前払金保証：受付済みです。");
    expect(letter.text).toContain("・契約保証：受付済みです。");
    expect(letter.text).not.toMatch(/\d円|ご確認をお願い|\n\n\n/);
  });

  it("hears of his open case when he names none", async () => {
    const letter = await asks(CONTRACTOR, stateOf(null));
    expect(letter.text).toContain(first);
    expect(letter.text).not.toContain(others);
  });

  it("hears nothing of somebody else's case, nor whether it exists", async () => {
    const before = await lettersOut();
    await write(CONTRACTOR, stateOf(others));
    await write(CONTRACTOR, stateOf("A-900001"));
    // A colleague of the applicant has not applied, nor has the orderer.
    await write(TOWN, stateOf(first));
    await staffHear(3, "差出人が申込みの差出人と異なる");
    const [existing, unknown] = channelSays(CONTRACTOR, "差出人が申込みの差出人と異なる");
    expect(existing?.replace(others, "A-900001")).toBe(unknown);
    expect(await threadSays(others)).not.toContainEqual(expect.stringContaining(CONTRACTOR));
    await asks(CONTRACTOR, FORM);
    expect(await lettersOut()).toBe(before + 1);
  });

  it("without any case, or with two numbers in one letter, is a matter for staff", async () => {
    const before = await lettersOut();
    await write(OTHER_TOWN, stateOf(null));
    await write(CONTRACTOR, {
      ...stateOf(first),
      text: `${stateOf(first).text}A-900002 の件もお願いします。\n`,
    });
    await staffHear(2, "対象の申込みを特定できない");
    await asks(CONTRACTOR, FORM);
    expect(await lettersOut()).toBe(before + 1);
  });

  it("hears what he still has to answer, and only that", async () => {
    const asked = await apply(
      world,
      "町道503号線改良工事",
      (text) => text.replace(/^工期：.*$/m, "").replace(/^預託金融機関：.*$/m, ""),
      STRANGER,
    );
    const letter = await asks(STRANGER, stateOf(asked));
    expect(letter.text).toMatch(
      /\n1．.*工期の始期.*例：.*\n2．.*工期の終期.*\n3．前払金保証の預託金融機関.*例：/,
    );
    expect(letter.text).not.toMatch(/・前払金保証：|審査をしております/);
  });

  it("hears of several cases in one letter, and how to ask on", async () => {
    const letter = await asks(STRANGER, stateOf(null));
    expect(letter.subject).toContain("2件");
    expect(letter.subject).not.toMatch(/A-\d{6}/);
    expect(letter.text).toMatch(
      new RegExp(`受付番号 ${others}】.*受付番号 A-\\d{6}】.*受付番号を1つだけ`, "s"),
    );
  });

  it("hears of each step: accepted, declined, issued", async () => {
    await command(world, CLERK, `引受 ${first} 65000 20000`);
    await cardWith(world, first, "入金待ち");
    expect((await asks(CONTRACTOR, stateOf(first))).text).toContain("保証料の受領を確認した後");
    const issued = await apply(world, "町道504号線改良工事");
    await issue(world, issued);
    const letter = await asks(CONTRACTOR, stateOf(issued));
    expect(letter.text).toContain("・前払金保証：発行済みです。");
    expect(letter.text).not.toMatch(/\d{5}-\d{6}|認証キー/);
  });
});

describe("who has too many open cases for one answer", () => {
  beforeAll(() => open());
  afterAll(close);

  it("hears of ten at once; with one more, staff answer", async () => {
    for (let n = 1; n <= 10; n++) await apply(world, `町道${800 + n}号線改良工事`);
    const letter = await asks(CONTRACTOR, stateOf(null));
    expect(letter.text.match(/【受付番号 A-\d{6}】/g)).toHaveLength(10);
    expect(letter.text).not.toMatch(/\n\n\n/);
    await apply(world, "町道811号線改良工事");
    await write(CONTRACTOR, stateOf(null));
    await staffHear(1, "対象の申込みを特定できない");
  });
});

describe("who sends the wrong document", () => {
  let receiptNumber: string;
  beforeAll(async () => {
    await open();
    receiptNumber = await apply(world, "町道601号線改良工事");
  });
  afterAll(close);

  it("is told what to send, once a day; staff hear each time", async () => {
    const letter = await asks(TOWN, LINK);
    expect(letter.text).toMatch(/・保証契約番号（.*\n・認証キー（英数字12文字）/);
    expect(letter.text).not.toContain("k7Tm29QxLw4Z");
    await staffHear(1, TOWN, "書類の取違え", LINK.subject);
    const before = await lettersOut();
    await write(TOWN, { ...LINK, subject: "電子証券のご案内（再送）" });
    await staffHear(1, TOWN, "再び届いています", "（再送）");
    await asks(CONTRACTOR, FORM);
    expect(await lettersOut()).toBe(before + 1);
  });

  it("each sender is told for himself", async () => {
    expect((await asks(OTHER_TOWN, LINK)).text).toContain("・認証キー（英数字12文字）");
    await staffHear(1, OTHER_TOWN, "書類の取違え");
  });

  it("for a case of his own is told, and staff see it in the case", async () => {
    const letter = await asks(CONTRACTOR, { ...LINK, subject: `${receiptNumber} の証券について` });
    expect(letter.text).toContain("保証のお申込み");
    await expect
      .poll(() => threadSays(receiptNumber), { timeout: 20_000, interval: 50 })
      .toContainEqual(expect.stringContaining("書類の取違え"));
    expect(channelSays(CONTRACTOR, "書類の取違え")).toEqual([]);
  });

  it("by a machine is told nothing", async () => {
    const before = await lettersOut();
    await write(STRANGER, { ...LINK, headers: { "Auto-Submitted": "auto-generated" } });
    await asks(CONTRACTOR, FORM);
    expect(await lettersOut()).toBe(before + 1);
  });
});

describe("what only a person decides", () => {
  let receiptNumber: string;
  beforeAll(async () => {
    await open();
    receiptNumber = await apply(world, "町道701号線改良工事");
  });
  afterAll(close);

  it("a withdrawal of one's own case changes nothing and stands in its thread", async () => {
    const before = await lettersOut();
    await write(CONTRACTOR, {
      subject: `${receiptNumber} の件`,
      text: `${receiptNumber} の前払金保証の申込みは取り下げます。よろしくお願いします。\n`,
    });
    await expect
      .poll(() => threadSays(receiptNumber), { timeout: 20_000, interval: 50 })
      .toContainEqual(expect.stringContaining("取下げ"));
    await cardWith(world, receiptNumber, "受付");
    const states = await rows("SELECT status FROM guarantees");
    expect(states).toEqual([{ status: "applied" }, { status: "applied" }]);
    expect(await lettersOut()).toBe(before);
  });

  it.each([
    [
      "a withdrawal without a number",
      "取下げのお申出です",
      { subject: "取下げ", text: "先日お送りした前払金保証の申込みは取り下げます。\n" },
    ],
    [
      "a question about the fee",
      "保証料の問合せです",
      {
        subject: "保証料について",
        text: "契約保証 5,000,000円（請負50,000,000円、工期 R8.12.1～R9.9.30）の場合、保証料を教えてください。\n",
      },
    ],
  ])("%s is shown to staff with a sentence, and nothing else happens", async (_, sentence, letter) => {
    const [out, cases] = [await lettersOut(), await casesKept()];
    await write(STRANGER, letter);
    await staffHear(1, STRANGER, sentence);
    expect([await lettersOut(), await casesKept()]).toEqual([out, cases]);
  });
});

describe("who applies for two works in one letter", () => {
  beforeAll(() => open());
  afterAll(close);
  const one = (n: number) =>
    applicationLetter(worksDates(new Date())).text.replace("町道112号線改良工事", `村道${n}号線舗装工事`);

  it("hears why no case was opened; staff are told; letters of one works each open theirs", async () => {
    const letter = await asks(CONTRACTOR, {
      subject: "保証の申込（2件）",
      text: `次の2件を申し込みます。\n\n１件目\n${one(5)}\n２件目\n${one(6).replace("50,000,000円", "60,000,000円")}`,
    });
    expect(letter.text).toContain(
      "1．1通のメールに複数の工事が記載されています。工事ごとに1通ずつお送りください。",
    );
    expect(letter.subject).not.toMatch(/A-\d{6}/);
    await staffHear(1, CONTRACTOR, "申込みの内容を特定できない");
    expect(await casesKept()).toBe(0);
    for (const n of [5, 6]) {
      const receipt = await asks(CONTRACTOR, { subject: `Re: ${letter.subject}`, text: one(n) });
      expect(receipt.subject).toMatch(new RegExp(`受付.*A-00000${n - 4}`));
    }
    expect(await casesKept()).toBe(2);
  });
});
