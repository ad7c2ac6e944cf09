import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import { type Conversation, converse, POLL } from "./conversation.ts";
import { apply, cardWith, command, issue } from "./steps.ts";
import { CLERK, CONTRACTOR, OTHER_TOWN, STRANGER, TOWN } from "./world.ts";

/** Letters that ask, and letters that hold the wrong thing: what the desk answers by itself, and to whom. */

const FORM = { subject: "申込書の送付依頼", text: "契約保証の申込書をメールでお送りください。\n" };
const LINK = {
  subject: "電子証券のご案内",
  text: "契約の保証として次のメールが届きました。有効か確認をお願いします。\n\n証券番号：D41-7730962\n閲覧ＵＲＬ：https://e-shoken.michinoku-sonpo.example/v/?id=7730962\n閲覧パスワード：k7Tm29QxLw4Z\n",
};
const stateOf = (receiptNumber: string | null) => ({
  subject: `進捗確認${receiptNumber === null ? "" : ` ${receiptNumber}`}`,
  text: "先週申し込んだ前払金保証ですが、現在の状況を教えてください。\n",
});

let talk: Conversation;
const begin = async () => {
  talk = await converse();
};
const end = () => talk.end();
const casesKept = async () => (await talk.rows("SELECT id FROM cases")).length;

describe("who asks how far a case is", () => {
  let first: string;
  let others: string;
  beforeAll(async () => {
    await begin();
    first = await apply(talk.world, "町道501号線改良工事");
    others = await apply(talk.world, "町道502号線改良工事", (text) => text, STRANGER);
  });
  afterAll(end);

  it("hears of the case he applied for, in a letter of that case without amounts", async () => {
    const letter = await talk.asks(CONTRACTOR, stateOf(first));
    expect(letter.subject).toContain(first);
    expect(letter.text).toContain("町道501号線改良工事");
    expect(letter.text).toContain("・前払金保証：受付済みです。");
    expect(letter.text).toContain("・契約保証：受付済みです。");
    expect(letter.text).not.toMatch(/\d円|ご確認をお願い|\n\n\n/);
  });

  it("hears of his open case when he names none", async () => {
    const letter = await talk.asks(CONTRACTOR, stateOf(null));
    expect(letter.text).toContain(first);
    expect(letter.text).not.toContain(others);
  });

  it("hears nothing of somebody else's case, nor whether it exists", async () => {
    const before = await talk.lettersOut();
    await talk.write(CONTRACTOR, stateOf(others));
    await talk.write(CONTRACTOR, stateOf("A-900001"));
    // The orderer of the works has not applied, either.
    await talk.write(TOWN, stateOf(first));
    await talk.staffHear(3, "差出人が申込みの差出人と異なる");
    const [existing, unknown] = talk.channelSays(CONTRACTOR, "差出人が申込みの差出人と異なる");
    expect(existing?.replace(others, "A-900001")).toBe(unknown);
    expect(await talk.threadSays(others)).not.toContainEqual(expect.stringContaining(CONTRACTOR));
    await talk.asks(CONTRACTOR, FORM);
    expect(await talk.lettersOut()).toBe(before + 1);
  });

  it("without any case, or with two numbers in one letter, is a matter for staff", async () => {
    const before = await talk.lettersOut();
    await talk.write(OTHER_TOWN, stateOf(null));
    await talk.write(CONTRACTOR, {
      ...stateOf(first),
      text: `${stateOf(first).text}A-900002 の件もお願いします。\n`,
    });
    await talk.staffHear(2, "対象の申込みを特定できない");
    await talk.asks(CONTRACTOR, FORM);
    expect(await talk.lettersOut()).toBe(before + 1);
  });

  it("hears what he still has to answer, and only that", async () => {
    const asked = await apply(
      talk.world,
      "町道503号線改良工事",
      (text) => text.replace(/^工期：.*$/m, "").replace(/^預託金融機関：.*$/m, ""),
      STRANGER,
    );
    const letter = await talk.asks(STRANGER, stateOf(asked));
    expect(letter.text).toMatch(
      /\n1．.*工期の始期.*例：.*\n2．.*工期の終期.*\n3．前払金保証の預託金融機関.*例：/,
    );
    expect(letter.text).not.toMatch(/・前払金保証：|審査をしております/);
  });

  it("hears of several cases in one letter, and how to ask on", async () => {
    const letter = await talk.asks(STRANGER, stateOf(null));
    expect(letter.subject).toContain("2件");
    expect(letter.subject).not.toMatch(/A-\d{6}/);
    expect(letter.text).toMatch(
      new RegExp(`受付番号 ${others}】.*受付番号 A-\\d{6}】.*受付番号を1つだけ`, "s"),
    );
  });

  it("hears of each step: accepted, declined, issued", async () => {
    await command(talk.world, CLERK, `引受 ${first} 65000 20000`);
    await cardWith(talk.world, first, "入金待ち");
    expect((await talk.asks(CONTRACTOR, stateOf(first))).text).toContain("保証料の受領を確認した後");
    const issued = await apply(talk.world, "町道504号線改良工事");
    await issue(talk.world, issued);
    const letter = await talk.asks(CONTRACTOR, stateOf(issued));
    expect(letter.text).toContain("・前払金保証：発行済みです。");
    expect(letter.text).not.toMatch(/\d{5}-\d{6}|認証キー/);
  });
});

describe("who has too many open cases for one answer", () => {
  beforeAll(begin);
  afterAll(end);

  it("hears of ten at once; with one more, staff answer", async () => {
    for (let n = 1; n <= 10; n++) await apply(talk.world, `町道${800 + n}号線改良工事`);
    const letter = await talk.asks(CONTRACTOR, stateOf(null));
    expect(letter.text.match(/【受付番号 A-\d{6}】/g)).toHaveLength(10);
    expect(letter.text).not.toMatch(/\n\n\n/);
    await apply(talk.world, "町道811号線改良工事");
    await talk.write(CONTRACTOR, stateOf(null));
    await talk.staffHear(1, "対象の申込みを特定できない");
  });
});

describe("who sends the wrong document", () => {
  let receiptNumber: string;
  beforeAll(async () => {
    await begin();
    receiptNumber = await apply(talk.world, "町道601号線改良工事");
  });
  afterAll(end);

  it("is told what to send, once a day; staff hear each time", async () => {
    const letter = await talk.asks(TOWN, LINK);
    expect(letter.text).toMatch(/・保証契約番号（.*\n・認証キー（英数字12文字）/);
    expect(letter.text).not.toContain("k7Tm29QxLw4Z");
    await talk.staffHear(1, TOWN, "書類の取違え", LINK.subject);
    const before = await talk.lettersOut();
    await talk.write(TOWN, { ...LINK, subject: "電子証券のご案内（再送）" });
    await talk.staffHear(1, TOWN, "再び届いています", "（再送）");
    await talk.asks(CONTRACTOR, FORM);
    expect(await talk.lettersOut()).toBe(before + 1);
  });

  it("each sender is told for himself", async () => {
    expect((await talk.asks(OTHER_TOWN, LINK)).text).toContain("・認証キー（英数字12文字）");
    await talk.staffHear(1, OTHER_TOWN, "書類の取違え");
  });

  it("for a case of his own is told, and staff see it in the case", async () => {
    const letter = await talk.asks(CONTRACTOR, { ...LINK, subject: `${receiptNumber} の証券について` });
    expect(letter.text).toContain("保証のお申込み");
    await expect
      .poll(() => talk.threadSays(receiptNumber), POLL)
      .toContainEqual(expect.stringContaining("書類の取違え"));
    expect(talk.channelSays(CONTRACTOR, "書類の取違え")).toEqual([]);
  });

  it("by a machine is told nothing", async () => {
    const before = await talk.lettersOut();
    await talk.write(STRANGER, { ...LINK, headers: { "Auto-Submitted": "auto-generated" } });
    await talk.asks(CONTRACTOR, FORM);
    expect(await talk.lettersOut()).toBe(before + 1);
  });
});

describe("what only a person decides", () => {
  let receiptNumber: string;
  beforeAll(async () => {
    await begin();
    receiptNumber = await apply(talk.world, "町道701号線改良工事");
  });
  afterAll(end);

  it("a withdrawal of one's own case changes nothing and stands in its thread", async () => {
    const before = await talk.lettersOut();
    await talk.write(CONTRACTOR, {
      subject: `${receiptNumber} の件`,
      text: `${receiptNumber} の前払金保証の申込みは取り下げます。よろしくお願いします。\n`,
    });
    await expect
      .poll(() => talk.threadSays(receiptNumber), POLL)
      .toContainEqual(expect.stringContaining("取下げ"));
    await cardWith(talk.world, receiptNumber, "受付");
    const states = await talk.rows("SELECT status FROM guarantees");
    expect(states).toEqual([{ status: "applied" }, { status: "applied" }]);
    expect(await talk.lettersOut()).toBe(before);
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
    const [out, cases] = [await talk.lettersOut(), await casesKept()];
    await talk.write(STRANGER, letter);
    await talk.staffHear(1, STRANGER, sentence);
    expect([await talk.lettersOut(), await casesKept()]).toEqual([out, cases]);
  });
});

describe("who applies for two works in one letter", () => {
  beforeAll(begin);
  afterAll(end);
  const one = (n: number) =>
    applicationLetter(worksDates(new Date())).text.replace("町道112号線改良工事", `村道${n}号線舗装工事`);

  it("hears why no case was opened; staff are told; letters of one works each open theirs", async () => {
    const letter = await talk.asks(CONTRACTOR, {
      subject: "保証の申込（2件）",
      text: `次の2件を申し込みます。\n\n１件目\n${one(5)}\n２件目\n${one(6).replace("50,000,000円", "60,000,000円")}`,
    });
    expect(letter.text).toContain(
      "1．1通のメールに複数の工事が記載されています。工事ごとに1通ずつお送りください。",
    );
    expect(letter.subject).not.toMatch(/A-\d{6}/);
    await talk.staffHear(1, CONTRACTOR, "申込みの内容を特定できない");
    expect(await casesKept()).toBe(0);
    for (const n of [5, 6]) {
      const receipt = await talk.asks(CONTRACTOR, { subject: `Re: ${letter.subject}`, text: one(n) });
      expect(receipt.subject).toMatch(new RegExp(`受付.*A-00000${n - 4}`));
    }
    expect(await casesKept()).toBe(2);
  });
});
