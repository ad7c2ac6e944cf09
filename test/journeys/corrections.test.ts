import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase } from "../database.ts";
import { startMail } from "../sandbox/mail.ts";
import type { Draft, Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { apply, cardWith, command } from "./steps.ts";
import {
  CHANNEL,
  CLERK,
  CONTRACTOR,
  DESK,
  MAILBOXES,
  STRANGER,
  startWorld,
  TOWN,
  type World,
} from "./world.ts";

/** Replies that correct an application: who may, what becomes of it, and what is told to whom. */

const PATIENCE = { timeoutMs: 20_000 };
const POLL = { timeout: 20_000, interval: 50 };
/** Registered for the contractor beside the one that applies. */
const COLLEAGUE = "soumu@tone-kensetsu.example";

let world: World;
let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase();
  const mail = await startMail({ users: [...MAILBOXES, COLLEAGUE] });
  world = await startWorld({ databaseUrl: database.url, mail });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

async function reply(from: string, receiptNumber: string, text: string, more: Partial<Draft> = {}) {
  const subject = `Re: お申込みの受付のお知らせ（受付番号 ${receiptNumber}）`;
  return (await world.mail.send(from, { to: DESK, subject, text, ...more })).messageId;
}
const answerTo = (from: string, messageId: string): Promise<Letter> =>
  world.mail.waitForLetter(from, (l) => l.inReplyTo === messageId, PATIENCE);
const corrects = async (from: string, receiptNumber: string, text: string) =>
  answerTo(from, await reply(from, receiptNumber, text));

async function threadSays(receiptNumber: string): Promise<string> {
  const card = await cardWith(world, receiptNumber);
  return world.slack
    .thread(CHANNEL, card.ts)
    .map((m) => readable(m))
    .join("\n");
}
const staffHear = (...words: string[]) =>
  world.slack.waitFor(
    () => world.slack.messages(CHANNEL).find((m) => words.every((word) => readable(m).includes(word))),
    { ...PATIENCE, what: `a message with ${words.join(", ")}` },
  );
const detailsOf = async (receiptNumber: string) =>
  (await command(world, CLERK, `詳細 ${receiptNumber}`)).text;
const lettersTo = async (who: string) => (await world.mail.inbox(who)).length;

describe("who corrects", () => {
  it("the applicant: it is merged, and the thread says what changed from what to what", async () => {
    const number = await apply(world, "町道301号線改良工事");
    const letter = await corrects(CONTRACTOR, number, "請負金額：55,000,000円\n");
    expect(letter.subject).toContain("受付");
    expect(letter.text).toContain("55,000,000円");
    await expect.poll(() => threadSays(number), POLL).toContain("請負金額：50,000,000円 → 55,000,000円");
  });

  it("a colleague at an address registered for the contractor: answered, and the case stays the applicant's", async () => {
    const number = await apply(world, "町道302号線改良工事");
    const before = await lettersTo(CONTRACTOR);
    const letter = await corrects(COLLEAGUE, number, "工事番号：見土第12号\n");
    expect(letter.text).toContain("見土第12号");
    await expect.poll(() => threadSays(number), POLL).toContain(COLLEAGUE);
    expect(await lettersTo(CONTRACTOR)).toBe(before);
    expect(await detailsOf(number)).toContain(CONTRACTOR);
    // How far it is, its applicant alone is told.
    await reply(COLLEAGUE, number, "現在の状況を教えてください。\n", { subject: `進捗確認 ${number}` });
    await staffHear(COLLEAGUE, "差出人が申込みの差出人と異なる");
  });

  it("a colleague does not make an applicant's unregistered address a registered one", async () => {
    const number = await apply(world, "町道303号線改良工事", (text) => text, STRANGER);
    const letter = await corrects(COLLEAGUE, number, "工事番号：見土第13号\n");
    expect(letter.text).not.toContain("ご登録がございません");
    await expect.poll(() => threadSays(number), POLL).toContain("見土第13号");
    await cardWith(world, number, "連絡先のアドレスは受注者の登録アドレスではありません");
    expect((await command(world, CLERK, `引受 ${number} 65000 20000`)).text).toContain(STRANGER);
  });

  it.each([
    ["the address that notices are wished to", TOWN, "町道304号線改良工事"],
    ["somebody else", STRANGER, "町道305号線改良工事"],
  ])("%s: nothing changes, nobody is answered, staff hear of it", async (_, from, title) => {
    const number = await apply(world, title, (text) => text.replace("suzuki@tone-kensetsu.example", TOWN));
    const before = await lettersTo(from);
    await reply(from, number, "請負金額：99,000,000円\n");
    await staffHear(from, "訂正の差出人が申込みの差出人と異なります");
    expect(await detailsOf(number)).not.toContain("99,000,000円");
    expect(await lettersTo(from)).toBe(before);
  });
});

describe("when it is corrected", () => {
  it("two at once, from two addresses: both are merged, and each is told how the case stands", async () => {
    const number = await apply(world, "町道311号線改良工事");
    const sent = await Promise.all([
      reply(CONTRACTOR, number, "請負金額：55,000,000円\n"),
      reply(COLLEAGUE, number, "工事番号：見土第11号\n"),
    ]);
    const answers = [await answerTo(CONTRACTOR, sent[0]), await answerTo(COLLEAGUE, sent[1])];
    // Whichever came second shows both.
    expect(
      answers.filter(({ text }) => /55,000,000円/.test(text) && /見土第11号/.test(text)).length,
    ).not.toBe(0);
    const details = await detailsOf(number);
    expect(details).toContain("55,000,000円");
    expect(details).toContain("見土第11号");
  });

  it("after acceptance: nothing changes, and staff find it in the thread", async () => {
    const number = await apply(world, "町道312号線改良工事");
    await command(world, CLERK, `引受 ${number} 65000 20000`);
    await cardWith(world, number, "入金待ち");
    const fee = (l: Letter) => l.subject.includes("保証料") && l.subject.includes(number);
    await world.mail.waitForLetter(CONTRACTOR, fee, PATIENCE);
    const before = await lettersTo(CONTRACTOR);
    await reply(CONTRACTOR, number, "請負金額：55,000,000円\n");
    await expect.poll(() => threadSays(number), POLL).toContain("自動では処理していません");
    expect(await detailsOf(number)).not.toContain("55,000,000円");
    expect(await lettersTo(CONTRACTOR)).toBe(before);
  });
});

describe("what is asked", () => {
  it("a correction that contradicts the rest is asked about, and settled by the next", async () => {
    const number = await apply(world, "町道321号線改良工事");
    const asked = await corrects(CONTRACTOR, number, "請負金額：15,000,000円\n");
    expect(asked.subject).toContain("ご確認");
    expect(asked.text).toContain(
      "\n1．前払金保証の保証金額（20,000,000円）が請負金額を超えています。ご確認のうえ、前払金保証の保証金額または請負金額について、",
    );
    expect(asked.text).not.toContain("\n2．");
    const settled = await corrects(
      CONTRACTOR,
      number,
      `前払金保証の保証金額：6,000,000円\n\n> ${asked.text.split("\n").join("\n> ")}`,
    );
    expect(settled.subject).toContain("受付");
    await expect.poll(() => threadSays(number), POLL).toContain("20,000,000円 → 6,000,000円");
  });

  it("a file that was not read is no question any more once its contents stand in a reply", async () => {
    const number = await apply(world, "町道322号線改良工事", (text) =>
      text.replace(/^預託金融機関：.*$/m, ""),
    );
    const zip = {
      filename: "申込書.zip",
      content: Buffer.from("PK\u0003\u0004\u0014\u0000 packed", "latin1"),
    };
    const asked = await answerTo(
      CONTRACTOR,
      await reply(CONTRACTOR, number, "工事番号：見土第22号\n", { attachments: [zip] }),
    );
    expect(asked.text).toContain("申込書.zip");
    const settled = await corrects(CONTRACTOR, number, "前払金保証の預託金融機関：見本銀行　利根支店\n");
    expect(settled.subject).toContain("受付");
    expect((await command(world, CLERK, `引受 ${number} 65000 20000`)).text).not.toContain("申込書.zip");
    await cardWith(world, number, "入金待ち");
  });
});
