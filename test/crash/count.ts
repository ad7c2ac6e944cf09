import { DESK } from "../journeys/world.ts";
import type { Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { KEYS_TO, type MarkedLetter } from "./letters.ts";
import type { Transmission } from "./relay.ts";
import { readChannel, type Shown, shownOf } from "./shown.ts";
import type { Story } from "./story.ts";
import type { CrashWorld } from "./world.ts";

/** The reckoning: from people's mailboxes, the SMTP server's record and Slack, never from the program's tables. */
export interface Reckoning {
  letters: number;
  /** An answer lies in the mailbox of who wrote. */
  answered: number;
  /** Shown to staff, with or without an answer that arrived. */
  shown: number;
  lost: number;
  answeredTwice: number;
  unreconciled: number;
  /** A line for each letter or number that is not as it must be. */
  findings: string[];
}

export async function reckon(
  world: CrashWorld,
  letters: readonly MarkedLetter[],
  stories: readonly Story[],
): Promise<Reckoning> {
  const inboxes = new Map<string, Letter[]>();
  for (const mailbox of new Set(letters.map((letter) => letter.mailbox)))
    inboxes.set(
      mailbox,
      (await world.mail.inbox(mailbox)).filter(({ from }) => from === DESK),
    );
  const roots = readChannel(world.slack, world.channel);
  const result = { letters: letters.length, answered: 0, shown: 0, lost: 0, answeredTwice: 0 };
  const findings: string[] = [];
  for (const letter of letters) {
    const arrived = (inboxes.get(letter.mailbox) ?? []).filter((l) => l.inReplyTo === letter.messageId);
    const shown = shownOf(world.slack, world.channel, roots, letter);
    if (arrived.length > 0) result.answered++;
    if (shown.notes > 0) result.shown++;
    if (arrived.length === 0 && shown.notes === 0) {
      result.lost++;
      findings.push(`lost: ${letter.kind} ${letter.messageId} ${said(shown)}`);
    } else if (arrived.length > 1 || shown.cases.length > 1) {
      result.answeredTwice++;
      findings.push(
        `answered twice: ${letter.kind} ${letter.messageId} ${arrived.length} letters ${said(shown)}`,
      );
    } else {
      const sent = world.relay.transmissions.filter((t) => t.inReplyTo === letter.messageId);
      const why = contradiction(letter, arrived.length, shown, sent);
      if (why !== null)
        findings.push(`unreconciled: ${why}: ${letter.kind} ${letter.messageId} ${said(shown)}`);
    }
  }
  findings.push(...againAfterDoubt(world.relay.transmissions));
  findings.push(...receiptNumbers(roots.map(({ words }) => words)));
  for (const story of stories) findings.push(...(await storyFindings(world, story)));
  findings.push(...serials(world));
  const unreconciled = findings.filter((line) => line.startsWith("unreconciled")).length;
  return { ...result, unreconciled, findings };
}

function said({ cases, notes, sent }: Shown): string {
  return `(cards ${cases.join(" ") || "none"}, notes ${notes}, told sent ${sent})`;
}

/** What Slack, the SMTP server and the mailbox say of one letter must fit together. */
function contradiction(
  letter: MarkedLetter,
  arrived: number,
  shown: Shown,
  sent: readonly Transmission[],
): string | null {
  if (letter.kind === "application" && shown.cases.length === 0) return "no card";
  if (shown.notes > 1) return "shown to staff twice";
  if (shown.sent > 1 || (shown.sent === 1 && shown.notes === 1)) return "told twice what became of it";
  if (shown.sent === 1 && arrived === 0) return "told to be sent, and it is not there";
  const stored = sent.filter((t) => t.stored).length;
  if (stored !== arrived) return `the server stored ${stored}, the mailbox holds ${arrived}`;
  if (letter.kind === "staff" && arrived > 0) return "answered what only a person can answer";
  return null;
}

/** A letter that may have arrived (no reply to its final dot) must never come again. */
function againAfterDoubt(transmissions: readonly Transmission[]): string[] {
  const doubtful = new Set<string>();
  const findings: string[] = [];
  for (const { messageId, reply } of transmissions) {
    if (doubtful.has(messageId)) findings.push(`unreconciled: sent again after doubt: ${messageId}`);
    if (reply === null || reply === 250) doubtful.add(messageId);
  }
  return findings;
}

/** One card a number, and no number left out. */
function receiptNumbers(roots: readonly string[]): string[] {
  const numbers = roots
    .filter((words) => words.includes("受付番号"))
    .map((words) => Number(/A-(\d{6})/.exec(words)?.[1] ?? Number.NaN))
    .sort((a, b) => a - b);
  return numbers.flatMap((number, at) =>
    number === at + 1 ? [] : [`unreconciled: receipt number ${number} where ${at + 1} was expected`],
  );
}

/** An approved case ends issued, and its notices are sent once or shown to staff. */
async function storyFindings(world: CrashWorld, story: Story): Promise<string[]> {
  const findings: string[] = [];
  const card = world.slack.messages(world.channel).find((m) => readable(m).includes(story.receiptNumber));
  const words = card === undefined ? "" : readable(card);
  if (!words.includes("発行済"))
    findings.push(`unreconciled: ${story.receiptNumber} was approved, not issued`);
  const letters = (await world.mail.inbox(KEYS_TO)).filter(
    ({ subject }) => subject.includes("発行完了") && subject.includes(story.receiptNumber),
  );
  const thread = card === undefined ? [] : world.slack.thread(world.channel, card.ts).map(readable);
  const notes = thread.filter(
    (t) => t.includes("メールを送信できていません") && t.includes("発行完了"),
  ).length;
  if (letters.length > 1)
    findings.push(`unreconciled: ${story.receiptNumber} got its keys ${letters.length} times`);
  if (letters.length === 0 && notes === 0) findings.push(`unreconciled: ${story.receiptNumber} got no keys`);
  return findings;
}

/** Guarantee numbers on the cards: each once, none left out (2, Reiwa year, serial, check digit). */
function serials(world: CrashWorld): string[] {
  const onCards = world.slack
    .messages(world.channel)
    .filter((m) => readable(m).includes("受付番号"))
    .flatMap((m) => [...new Set(readable(m).match(/\d{5}-\d{6}/g) ?? [])]);
  const found = onCards.map((n) => Number(n.replace("-", "").slice(3, 10))).sort((a, b) => a - b);
  return found.flatMap((serial, at) =>
    serial === at + 1 ? [] : [`unreconciled: guarantee serial ${serial} where ${at + 1} was expected`],
  );
}
