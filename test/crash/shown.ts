import { readable } from "../sandbox/slack/readable.ts";
import type { LoopbackSlack } from "../sandbox/slack/start.ts";
import type { MarkedLetter } from "./letters.ts";

/** What staff see of a letter in Slack. */
export interface Shown {
  /** Receipt numbers of the cards with this letter's works, one for each card. */
  cases: string[];
  /** Notes that an answer to it could not be sent, or that it needs a person. */
  notes: number;
  /** Notes that an answer was sent. */
  sent: number;
}

const NOT_SENT = "メールを送信できていません";
const SENT = "メールを送信しました";
const FOR_STAFF = "担当者の確認が必要なメールです";
/** Answers to an application; later letters of the case are told apart by their names. */
const FIRST_ANSWER = /受付のお知らせ|ご確認のお願い/;

/** Every message of the channel in words, read once: the messages by root, in order. */
export function readChannel(slack: LoopbackSlack, channel: string): { ts: string; words: string }[] {
  return slack.messages(channel).map((message) => ({ ts: message.ts, words: readable(message) }));
}

/** @param roots the channel as {@link readChannel} gave it. */
export function shownOf(
  slack: LoopbackSlack,
  channel: string,
  roots: readonly { ts: string; words: string }[],
  letter: MarkedLetter,
): Shown {
  if (letter.title === null) {
    const about = (start: string) =>
      roots.filter(({ words }) => words.includes(start) && words.includes(letter.from)).length;
    return { cases: [], notes: about(NOT_SENT) + about(FOR_STAFF), sent: 0 };
  }
  const cards = roots.filter(({ words }) => /受付番号/.test(words) && words.includes(letter.title ?? ""));
  const thread = cards.flatMap((card) =>
    slack
      .thread(channel, card.ts)
      .slice(1)
      .map(readable)
      .filter((words) => FIRST_ANSWER.test(words)),
  );
  return {
    cases: cards.map(({ words }) => /A-\d{6}/.exec(words)?.[0] ?? ""),
    notes: thread.filter((words) => words.includes(NOT_SENT)).length,
    sent: thread.filter((words) => words.includes(SENT)).length,
  };
}
