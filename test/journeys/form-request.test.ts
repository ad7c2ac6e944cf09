import readXlsx from "read-excel-file/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Draft } from "../sandbox/mail-types.ts";
import { type Conversation, converse, POLL } from "./conversation.ts";
import { CONTRACTOR, DESK, STRANGER, TOWN } from "./world.ts";

/** Who asks for the application form, and what comes of it. */

const FORM = { subject: "申込書の送付依頼", text: "契約保証の申込書をメールでお送りください。\n" };
const ANSWERS = {
  ...{ 発注者名: "利根町長", 受注者名: "利根建設株式会社", 工事名: "町道140号線改良工事" },
  ...{ 請負金額: "50,000,000", 請負契約日: "令和8年4月10日" },
  ...{ 工期の始期: "令和8年4月11日", 工期の終期: "令和9年3月19日" },
  ...{ 契約保証の証書の形式: "電子保証", 契約保証金額: "5,000,000" },
};
/** The text form with what stands behind the colon of each of these items. */
const filledIn = (form: string): string =>
  form
    .split("\r\n")
    .map((line) => {
      const answer = Object.entries(ANSWERS).find(([item]) => new RegExp(`^${item}[（：]`).test(line));
      return answer === undefined ? line : line.replace("：", `：${answer[1]}`);
    })
    .join("\n");

let talk: Conversation;
const begin = async (settings?: Record<string, string>) => {
  talk = await converse(settings);
};
const end = () => talk.end();

describe("who asks for the form", () => {
  beforeAll(() => begin());
  afterAll(end);

  it.each([
    ["a stranger", STRANGER],
    ["a town hall", TOWN],
    ["a contractor", CONTRACTOR],
  ])("%s gets it whole: a workbook and a text", async (_, from) => {
    const letter = await talk.asks(from, FORM);
    expect(letter.subject).toContain("申込書");
    expect(letter.headers.get("auto-submitted")).toBe("auto-replied");
    const [workbook, text] = letter.attachments;
    expect([workbook?.filename, text?.filename]).toEqual(["申込書.xlsx", "申込書.txt"]);
    for (const { filename } of letter.attachments) expect(letter.text).toContain(`・${filename}`);
    const sheets = await readXlsx(workbook?.bytes ?? Buffer.alloc(0));
    expect(JSON.stringify(sheets)).toMatch(/保証申込書.*発注者名.*請負金額/);
    const words = new TextDecoder("utf-8", { fatal: true }).decode(text?.bytes);
    expect(words).toMatch(/発注者名（必須）：\r\n/);
    expect(talk.channelSays(from)).toEqual([]);
  });

  it.each([
    ["in the letter", (form: string): Omit<Draft, "to"> => ({ text: form })],
    [
      "as the file",
      (form: string): Omit<Draft, "to"> => ({
        text: "記入しましたので、お送りします。\n",
        attachments: [{ filename: "申込書.txt", content: Buffer.from(form), contentType: "text/plain" }],
      }),
    ],
  ])(
    "and fills in the text, sends it back %s, our words quoted: a case with nothing to ask",
    async (where, draft) => {
      const sent = await talk.asks(CONTRACTOR, { ...FORM, text: `${FORM.text}${where}\n` });
      const form = filledIn(sent.attachments[1]?.bytes.toString("utf8") ?? "");
      const { text = "", ...rest } = draft(form);
      const quoted = `\n\n2026年4月10日(金) 10:02 ${DESK}:\n\n> ${sent.text.split("\n").join("\n> ")}`;
      const receipt = await talk.asks(CONTRACTOR, {
        ...{ ...rest, text: `${text}${quoted}`, subject: `Re: ${sent.subject}`, inReplyTo: sent.messageId },
      });
      expect(receipt.subject).toMatch(/受付.*A-\d{6}/);
      expect(receipt.text).toMatch(
        /発注者名　　利根町長\n受注者名　　利根建設株式会社\n工事名　　　町道140号線改良工事/,
      );
      expect(receipt.text).toMatch(/商品（保証区分）　契約保証\n/);
      expect(receipt.text).not.toMatch(/商品（保証区分）　(?:前払金保証|中間)/);
    },
  );

  it("twice gets it twice", async () => {
    const first = await talk.asks(STRANGER, FORM);
    const second = await talk.asks(STRANGER, { ...FORM, text: `${FORM.text}至急お願いします。\n` });
    expect(second.attachments.map(({ bytes }) => bytes)).toEqual(first.attachments.map(({ bytes }) => bytes));
  });

  it("in an automatic letter gets nothing", async () => {
    const before = await talk.lettersOut();
    await talk.write(STRANGER, { ...FORM, headers: { "Auto-Submitted": "auto-replied" } });
    await talk.asks(CONTRACTOR, FORM);
    expect(await talk.lettersOut()).toBe(before + 1);
  });
});

describe("who asks for the form more often than the cap allows", () => {
  beforeAll(() => begin({ MAIL_CAP_SENDER_HOUR: "2" }));
  afterAll(end);

  it("gets it so often; the rest is kept for staff, and others are served", async () => {
    for (const n of [1, 2, 3, 4])
      await talk.write(STRANGER, { ...FORM, text: `${FORM.text}${n}回目です。\n` });
    const states = () =>
      talk.rows("SELECT state, reason FROM letters WHERE state <> 'stored' ORDER BY state");
    await expect
      .poll(states, POLL)
      .toEqual([
        ...[1, 2].map(() => ({ state: "answered", reason: null })),
        ...[3, 4].map(() => ({ state: "parked", reason: "cap_sender" })),
      ]);
    await talk.asks(TOWN, FORM);
    expect((await talk.world.mail.inbox(STRANGER)).length).toBe(2);
  });
});
