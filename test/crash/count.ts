import { DESK } from "../journeys/world.ts";
import type { Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { KEYS_TO, type MarkedLetter } from "./letters.ts";
import type { Relay, Transmission } from "./relay.ts";
import { readChannel, type Shown, shownOf } from "./shown.ts";
import type { Story } from "./story.ts";
import type { CrashWorld } from "./world.ts";

/** The reckoning: from people's mailboxes, the SMTP server's record and Slack, never from the program's tables. */
export interface Reckoning {
  letters: number;
  /** An answer lies in the mailbox of who wrote. */
  answered: number;
  /** Shown to staff. */
  shown: number;
  /** The SMTP server refused the answer for good. */
  refused: number;
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
  const result = { letters: letters.length, answered: 0, shown: 0, refused: 0 };
  const findings: string[] = [];
  for (const letter of letters) {
    const facts = {
      arrived: (inboxes.get(letter.mailbox) ?? []).filter((l) => l.inReplyTo === letter.messageId).length,
      shown: shownOf(world.slack, world.channel, roots, letter),
      ...recordOf(world.relay, letter),
    };
    if (facts.arrived > 0) result.answered++;
    if (facts.shown.notes > 0) result.shown++;
    if (facts.refused) result.refused++;
    const fault = faultOf(letter, facts);
    if (fault !== null) findings.push(`${fault}: ${letter.kind} ${letter.messageId} ${said(facts)}`);
  }
  findings.push(...sentTwice([...inboxes.values()].flat(), letters));
  findings.push(...againAlthoughStored(world.relay.transmissions));
  findings.push(...(await journalFindings(world)));
  findings.push(...receiptNumbers(roots.map(({ words }) => words)));
  for (const story of stories) findings.push(...storyFindings(world, story, inboxes.get(KEYS_TO) ?? []));
  findings.push(...serials(world));
  const count = (kind: string) => findings.filter((line) => line.startsWith(kind)).length;
  return {
    ...{ ...result, findings },
    ...{ lost: count("lost"), answeredTwice: count("answered twice"), unreconciled: count("unreconciled") },
  };
}

/** What mailbox, Slack and SMTP server say of one letter. */
interface Facts {
  /** Answers in the mailbox. */
  arrived: number;
  shown: Shown;
  /** Answers that the server stored. */
  stored: number;
  refused: boolean;
}

function recordOf(relay: Relay, letter: MarkedLetter): Pick<Facts, "stored" | "refused"> {
  const sent = relay.transmissions.filter((t) => t.inReplyTo === letter.messageId);
  const refused = sent.some(({ reply }) => reply !== null && reply >= 500);
  return {
    stored: sent.filter((t) => t.stored).length,
    // At RCPT only addresses are refused that one letter alone came from.
    refused: refused || (letter.kind !== "application" && relay.refused.includes(letter.from)),
  };
}

function said({ arrived, shown: { cases, notes, sent }, stored, refused }: Facts): string {
  return `(arrived ${arrived}, stored ${stored}${refused ? ", refused" : ""}, cards ${cases.join(" ") || "none"}, notes ${notes}, told sent ${sent})`;
}

/** One effect and one delivered answer; what the server refused for good, and what no program can answer, goes to staff. */
function faultOf(letter: MarkedLetter, facts: Facts): string | null {
  const { arrived, shown, stored, refused } = facts;
  const { cases, notes, sent } = shown;
  if (arrived > 1 || cases.length > 1) return "answered twice";
  if (arrived + notes === 0) return "lost";
  if (letter.kind === "application" && cases.length === 0) return "unreconciled: no card";
  if (notes > 1) return "unreconciled: shown to staff twice";
  if (arrived === 1 && notes === 1) return "unreconciled: shown to staff, and answered";
  if (letter.kind === "staff") return arrived > 0 ? "unreconciled: answered what only a person can" : null;
  // A program that dies of a refusal may ask again, and then be welcome: refused and answered is right.
  if (notes === 1 && !refused) return "unreconciled: shown to staff, and nobody refused the answer";
  if (stored !== arrived) return "unreconciled: server and mailbox differ";
  if (letter.kind === "application" && sent !== arrived) return "unreconciled: not told what became of it";
  return null;
}

/** One Message-ID twice in a mailbox; what answers a letter was counted there. */
function sentTwice(arrived: readonly Letter[], letters: readonly MarkedLetter[]): string[] {
  const counted = new Set(letters.map(({ messageId }) => messageId));
  const others = arrived.filter(({ inReplyTo }) => inReplyTo === undefined || !counted.has(inReplyTo));
  const byId = Map.groupBy(others, ({ messageId }) => messageId);
  return [...byId]
    .filter(([, same]) => same.length > 1)
    .map(([id, same]) => `answered twice: ${id} arrived ${same.length} times`);
}

/** What the server has, and the journal with it, must never come again. */
function againAlthoughStored(transmissions: readonly Transmission[]): string[] {
  const stored = new Set<string>();
  const findings: string[] = [];
  for (const sent of transmissions) {
    if (stored.has(sent.messageId))
      findings.push(`unreconciled: sent again although the journal held it: ${sent.messageId}`);
    if (sent.stored) stored.add(sent.messageId);
  }
  return findings;
}

/** The harness itself: the journal holds what the server took, no more and no less. */
async function journalFindings({ journal, relay }: CrashWorld): Promise<string[]> {
  const kept = (await journal()).filter(({ from }) => from === DESK).map(({ messageId }) => messageId);
  const stored = relay.transmissions.filter((t) => t.stored).map(({ messageId }) => messageId);
  const same = kept.sort().join("\n") === stored.sort().join("\n");
  return same ? [] : [`unreconciled: the journal holds ${kept.length} letters, the server ${stored.length}`];
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

/** An approved case ends issued, and its notices are sent once or, refused for good, shown to staff. */
function storyFindings(world: CrashWorld, story: Story, inbox: readonly Letter[]): string[] {
  const findings: string[] = [];
  const card = world.slack.messages(world.channel).find((m) => readable(m).includes(story.receiptNumber));
  const words = card === undefined ? "" : readable(card);
  if (!words.includes("発行済"))
    findings.push(`unreconciled: ${story.receiptNumber} was approved, not issued`);
  const letters = inbox.filter(
    ({ subject }) => subject.includes("発行完了") && subject.includes(story.receiptNumber),
  );
  const thread = card === undefined ? [] : world.slack.thread(world.channel, card.ts).map(readable);
  const notes = thread.filter(
    (t) => t.includes("メールを送信できていません") && t.includes("発行完了"),
  ).length;
  if (letters.length > 1)
    findings.push(`answered twice: ${story.receiptNumber} got its keys ${letters.length} times`);
  if (letters.length === 0 && notes === 0) findings.push(`lost: ${story.receiptNumber} got no keys`);
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
