import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Conversation, converse, POLL } from "./conversation.ts";
import { CONTRACTOR, DESK, STRANGER } from "./world.ts";

/** Who asks what a guarantee would cost, and who answers: the desk where it is sure, else a person. */

const table = (products: string[], sample: boolean) => ({
  ...{ products, from: "2020-01-01", until: null, minimumYen: 0, roundDownYen: 10, method: "whole" },
  ...{ bands: [{ upToYen: null, rate: "0.3" }], source: "社内規程", sample },
});
const TABLES = [table(["advance_payment"], false), table(["performance"], true)];
const ADVANCE = {
  subject: "保証料のお尋ね",
  text: [
    "下記の工事で前払金保証をお願いした場合の保証料はいくらになるか教えてください。",
    "工事名：村道5号線舗装工事",
    "請負金額：11,000,000円（税込）",
    "工期：令和8年7月2日から令和8年11月30日まで",
    "前払金保証金額：4,400,000円",
    "",
  ].join("\n"),
};

let talk: Conversation;
const begin = async (settings: Record<string, string> = {}) => {
  const file = join(tmpdir(), `hosho-fees-${process.pid}.json`);
  await writeFile(file, JSON.stringify(TABLES));
  talk = await converse({ FEES_FILE: file, ...settings });
};
const end = () => talk.end();
const cases = () => talk.rows("SELECT id FROM cases");

describe("who asks what a guarantee would cost", () => {
  beforeAll(() => begin());
  afterAll(end);

  it.each([
    ["a contractor", CONTRACTOR],
    ["a stranger", STRANGER],
  ])("%s is told at once, as an estimate; no case is opened, staff see it", async (_, from) => {
    const letter = await talk.asks(from, ADVANCE);
    expect(letter.subject).toContain("保証料");
    expect(letter.headers.get("auto-submitted")).toBe("auto-replied");
    expect(letter.text).toMatch(/前払金保証\s+4,400,000円\s+13,200円/);
    expect(letter.text).toContain("保証料の合計：13,200円");
    expect(letter.text).toContain("村道5号線舗装工事");
    expect(letter.text).toContain("お引受けをお約束するものではございません");
    expect(letter.text).not.toMatch(/未確認|\{\{/);
    await talk.staffHear(1, from, "自動でお答えしました");
    expect(await cases()).toEqual([]);
  });

  it("thanks for the answer, quoting it whole: a person reads that, nothing is answered twice", async () => {
    const answer = await talk.asks(CONTRACTOR, {
      ...ADVANCE,
      text: `${ADVANCE.text}よろしくお願いします。\n`,
    });
    const before = await talk.lettersOut();
    const quoted = `\n\n2026年4月10日(金) 10:02 ${DESK}:\n\n> ${answer.text.split("\n").join("\n> ")}`;
    await talk.write(CONTRACTOR, {
      ...{ subject: `Re: ${answer.subject}`, text: `ありがとうございます。${quoted}` },
      inReplyTo: answer.messageId,
    });
    expect(await talk.lettersOut()).toBe(before);
  });

  it.each([
    ["by a sample table only", "契約保証の保証料はいくらになりますか。\n契約保証金額：5,000,000円\n"],
    [
      "of two products, one of them by a sample",
      "保証料はいくらになりますか。\n前払金保証金額：4,400,000円\n契約保証金額：1,100,000円\n",
    ],
    ["of an amount that is not sure", "保証料はいくらになりますか。\n前払金保証金額：約440万円\n"],
    [
      "of an amount above the price",
      "保証料はいくらになりますか。\n請負金額：4,000,000円\n前払金保証金額：4,400,000円\n",
    ],
    ["of no amount at all", "前払金保証の保証料を教えてください。\n"],
  ])("%s: a person answers", async (_, text) => {
    const before = await talk.lettersOut();
    const heard = talk.channelSays("保証料の問合せです").length;
    await talk.write(CONTRACTOR, { subject: "保証料について", text });
    await talk.staffHear(heard + 1, "保証料の問合せです");
    expect(await talk.lettersOut()).toBe(before);
  });

  it("asks in the middle of a conversation: the person who leads it answers", async () => {
    const before = await talk.lettersOut();
    const heard = talk.channelSays("保証料の問合せです").length;
    await talk.write(CONTRACTOR, { ...ADVANCE, inReplyTo: "<talk@mihon-hosho.example>" });
    await talk.staffHear(heard + 1, "保証料の問合せです");
    expect(await talk.lettersOut()).toBe(before);
  });
});

describe("who asks more often than the cap allows", () => {
  beforeAll(() => begin({ MAIL_CAP_SENDER_HOUR: "1" }));
  afterAll(end);

  it("is answered so often; the rest is kept for staff", async () => {
    for (const n of [1, 2])
      await talk.write(STRANGER, { ...ADVANCE, text: `${ADVANCE.text}${n}回目です。\n` });
    const states = () =>
      talk.rows("SELECT state, reason FROM letters WHERE state <> 'stored' ORDER BY state");
    await expect.poll(states, POLL).toEqual([
      { state: "answered", reason: "fee_told" },
      { state: "parked", reason: "cap_sender" },
    ]);
  });
});
