import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { extractText, getDocumentProxy } from "unpdf";
import type { Letter, LoopbackMail } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { LoopbackSlack } from "../sandbox/slack/start.ts";
import type { Message, Seen, View } from "../sandbox/slack/types.ts";
import {
  ADVANCE_YEN,
  AMENDED_PRICE,
  AMENDED_YEN,
  applicationLetter,
  PERFORMANCE_YEN,
  queryLetter,
  worksDates,
} from "./letters.ts";

/**
 * Plays the journey of one application as people would: letters over SMTP and IMAP, slash commands, buttons and modals
 * in Slack. It knows the public doors only and nothing of the program behind them.
 */

export interface Stage {
  mail: LoopbackMail;
  slack: LoopbackSlack;
  desk: string;
  contractor: string;
  town: string;
  stranger: string;
  clerk: string;
  approver: string;
  channel: string;
  /** Where letters and PDFs are written; nowhere when null. */
  folder: string | null;
  /** One line a step: what happened and how long it took. */
  tell(text: string, ms: number): void;
}

/** What the journey left behind, for those who look closer. */
export interface Played {
  receipt: Letter;
  feeLetter: Letter;
  issued: Letter;
  notices: { number: string; key: string; pdf: Buffer }[];
  answer: Letter;
  wrongKey: Letter;
  mistyped: Letter;
  stranger: Letter;
  /** To the contractor and to the town hall, after the amendment. */
  amended: Letter;
  toldTown: Letter;
  card: Message;
  refusedOwnApproval: string;
}

/** How long one step may take before the journey is called failed. */
const PATIENCE_MS = 20_000;

/** @throws with a sentence that says which step did not come to pass. */
export async function playJourney(stage: Stage): Promise<Played> {
  const { mail, slack, contractor, town, desk } = stage;
  const step = stepper(stage);

  const receipt = await step("申込メールを送り、受付のご連絡を受け取りました", "receipt", async () => {
    await mail.send(contractor, { to: desk, ...applicationLetter(worksDates(new Date())) });
    return letterTo(stage, contractor, "受付");
  });
  const caseNumber =
    /A-\d{6}/.exec(receipt.subject)?.[0] ?? fail(`no receipt number in "${receipt.subject}"`);
  await step(`Slack に案件 ${caseNumber} のカードが届きました`, null, () =>
    cardSaying(stage, caseNumber, "受付"),
  );

  const feeLetter = await step("担当者が引受とし、保証料のご案内を送りました", "fee", async () => {
    const asked = await command(stage, stage.clerk, `引受 ${caseNumber}`);
    await submit(stage, stage.clerk, asked, { 前払金保証の保証料: "65000", "契約保証の保証料（": "20000" });
    return letterTo(stage, contractor, "保証料");
  });
  await step("担当者が入金を記録しました", null, async () => {
    await command(stage, stage.clerk, `入金 ${caseNumber}`);
    return cardSaying(stage, caseNumber, "引受");
  });
  await step("担当者が証書の内容を確認し、承認を申請しました", null, async () => {
    const asked = await command(stage, stage.clerk, `発行 ${caseNumber}`);
    await submit(stage, stage.clerk, asked, { 内容の確認: "証書に記載する内容を申込書類と照合しました" });
    return cardSaying(stage, caseNumber, "承認待ち");
  });
  const refusedOwnApproval = await step("同じ担当者による承認は断られました", null, async () => {
    const seen = await slack
      .person(stage.clerk)
      .command("/hosho", `承認 ${caseNumber}`, { channel: stage.channel });
    // A view may still be that of her request, rewritten late on a busy machine.
    const offered = JSON.stringify(seen.view ?? null).includes("の保証金額");
    if (offered) fail("the maker was offered the approval of her own request");
    return seen.text;
  });
  const issued = await step(
    "承認者が保証金額を入力して承認し、認証キーのお知らせが届きました",
    "issued",
    async () => {
      const card = await cardSaying(stage, caseNumber, "承認待ち");
      const asked = await slack.person(stage.approver).click(card, "承認");
      await submit(stage, stage.approver, asked, {
        前払金保証の保証金額: ADVANCE_YEN,
        契約保証の保証金額: PERFORMANCE_YEN,
      });
      return letterTo(stage, contractor, "発行完了");
    },
  );
  const card = await step("カードが発行済になり、スレッドに保証証書が載りました", null, async () => {
    await slack.waitFor(() => slack.files().length >= 2, {
      timeoutMs: PATIENCE_MS,
      what: "two certificates in the thread",
    });
    return cardSaying(stage, caseNumber, "発行済");
  });
  const notices = await readNotices(issued);
  const [first] = notices;
  if (first === undefined) return fail("the letter of issue carries no notice");

  const answer = await step("町の職員が番号とキーで照会し、照会結果を受け取りました", "answer", async () => {
    await mail.send(town, { to: desk, ...queryLetter(first.number, first.key) });
    return letterTo(stage, town, "照会結果");
  });
  await step("発注者が確認したことがスレッドに載りました", null, () =>
    slack.waitFor(() => slack.thread(stage.channel, card.ts).some((m) => readable(m).includes("照会")), {
      timeoutMs: PATIENCE_MS,
      what: "the thread to say that the orderer has seen it",
    }),
  );
  const otherKey = notices[1]?.key ?? fail("only one notice");
  const wrongKey = await step("誤ったキーには、確認できない旨だけを答えました", "wrong-key", () =>
    ask(stage, town, first.number, otherKey),
  );
  const slipped = first.key.startsWith("A") ? `C${first.key.slice(1)}` : `A${first.key.slice(1)}`;
  const mistyped = await step("打ち間違いには、打ち間違いと答えました", "mistyped", () =>
    ask(stage, town, first.number, slipped),
  );
  const stranger = await step("登録のない差出人には、何も明かしませんでした", "stranger", () =>
    ask(stage, stage.stranger, first.number, first.key),
  );
  const amended = await step(
    "担当者が増額の変更を申請し、承認者が承認して、変更の証書が届きました",
    "amended",
    async () => {
      const asked = await command(stage, stage.clerk, `変更 ${first.number}`);
      await submit(stage, stage.clerk, asked, {
        請負金額: AMENDED_PRICE,
        前払金保証の保証金額: AMENDED_YEN,
        変更の理由: "請負契約の変更（増額）のため",
        保証料の確認: "保証料の追徴・返還の有無を確認しました",
      });
      const waiting = await cardSaying(stage, caseNumber, "変更の承認待ち");
      const approving = await slack.person(stage.approver).click(waiting, "承認");
      await submit(stage, stage.approver, approving, { 前払金保証の保証金額: AMENDED_YEN });
      return letterTo(stage, contractor, "変更");
    },
  );
  const toldTown = await step("照会のあった発注者にも、変更の証書をお送りしました", "amended-orderer", () =>
    letterTo(stage, town, "変更"),
  );
  return {
    amended,
    toldTown,
    receipt,
    feeLetter,
    issued,
    notices,
    answer,
    wrongKey,
    mistyped,
    stranger,
    card,
    refusedOwnApproval,
  };
}

/** Runs a step, tells it with its time and keeps the letter it gave. */
function stepper(stage: Stage) {
  return async <T>(text: string, name: string | null, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work();
    stage.tell(text, performance.now() - begun);
    if (name !== null && stage.folder !== null) await keep(stage.folder, name, result as Letter);
    return result;
  };
}

/** Writes a letter and what is attached to it. */
async function keep(folder: string, name: string, letter: Letter): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.eml`), letter.raw);
  await writeFile(join(folder, `${name}.txt`), `${letter.subject}\n\n${letter.text}`);
  for (const { filename, bytes } of letter.attachments) {
    if (filename !== undefined)
      await writeFile(join(folder, `${name}_${filename.replaceAll("/", "_")}`), bytes);
  }
}

/** The newest letter to somebody whose subject has these words and that was not there before. */
const seenLetters = new WeakMap<LoopbackMail, Set<string>>();
async function letterTo({ mail }: Stage, user: string, words: string): Promise<Letter> {
  const seen = seenLetters.get(mail) ?? new Set<string>();
  seenLetters.set(mail, seen);
  const isNew = (l: Letter) => !seen.has(l.messageId) && l.subject.includes(words);
  const letter = await mail.waitForLetter(user, isNew, { timeoutMs: PATIENCE_MS });
  seen.add(letter.messageId);
  return letter;
}

async function ask(stage: Stage, from: string, number: string, key: string): Promise<Letter> {
  await stage.mail.send(from, { to: stage.desk, ...queryLetter(number, key, false) });
  return letterTo(stage, from, from === stage.stranger ? "" : "照会結果");
}

async function command({ slack, channel }: Stage, person: string, text: string): Promise<Seen> {
  const seen = await slack.person(person).command("/hosho", text, { channel });
  if (!seen.ok) fail(`/hosho ${text}: ${seen.error}`);
  return seen;
}

async function submit(
  { slack }: Stage,
  person: string,
  seen: Seen,
  values: Record<string, string>,
): Promise<void> {
  const view: View = seen.view ?? fail(`no modal came up: ${seen.text}`);
  const after = await slack.person(person).submit(view, values);
  if (after.errors.length > 0)
    fail(`"${view.title}": ${after.errors.map((e) => `${e.label}: ${e.message}`).join("; ")}`);
}

function cardSaying({ slack, channel }: Stage, caseNumber: string, state: string): Promise<Message> {
  const look = () =>
    slack.messages(channel).find((m) => readable(m).includes(caseNumber) && readable(m).includes(state));
  return slack.waitFor(look, { timeoutMs: PATIENCE_MS, what: `the card of ${caseNumber} to say ${state}` });
}

/** Number and key as a reader of the PDF finds them. */
export async function readNotices(letter: Letter): Promise<{ number: string; key: string; pdf: Buffer }[]> {
  const pdfs = letter.attachments.filter((a) => a.filename?.startsWith("認証キーのお知らせ"));
  return Promise.all(
    pdfs.map(async ({ bytes }) => {
      const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true });
      const number = /保証契約番号\s*(\d{5}-\d{6})/.exec(text)?.[1] ?? fail("no number on the notice");
      const key = /認証キー\s*([A-Za-z0-9]{12})/.exec(text)?.[1] ?? fail("no key on the notice");
      return { number, key, pdf: bytes };
    }),
  );
}

function fail(why: string): never {
  throw new Error(why);
}
