import type { SlackPost } from "../core/announcements.ts";
import type { Case } from "../core/case.ts";
import { later } from "../core/dates.ts";
import { caseCard } from "../core/desk/card.ts";
import type { CaseLetter } from "../core/rows/letters.ts";
import { type DeliveryOutcome, SLACK_HOLDS_BACK_MS, type SlackRow } from "../core/rows/outbox.ts";
import type { Transaction } from "../core/store.ts";
import { cardScreen } from "./blocks/card.ts";
import { deskScreens, threadScreens } from "./blocks/thread.ts";
import type { Bot } from "./bot.ts";
import { type AnnouncePace, channelPauses } from "./pauses.ts";
import { alreadyDone, type Sayable, say } from "./say.ts";
import { faultOf, type OutboxCalls, type Posted, SlackFault } from "./slack.ts";

/** A thread waits this long for its root message, and is looked at again. */
const ROOT_WAIT_MS = 1000;
/**
 * Longer than any attempt lasts (each call ends after 15 s, the longest text is a few messages). It only matters for
 * a process that lives and does not move: the row of one that died is taken over at once (`claimSlack`).
 */
const LEASE_MS = 10 * 60_000;
/** Longer than one post lasts: a certificate's three calls of 15 s each, and what they wait for one another. */
const POST_MS = 60_000;
/** Our own code: the row may be in other hands soon, or is already. */
const CLAIM_TOO_OLD = "claim too old";
/** Slack will refuse these however often they are sent. */
const HOPELESS = [
  "invalid_blocks",
  "invalid_blocks_format",
  "msg_blocks_too_long",
  "msg_too_long",
  "no_text",
  "invalid_metadata_format",
  "metadata_too_large",
  "attachment_payload_limit_exceeded",
  "invalid_arguments",
  "cant_update_message",
  "thread_not_found",
];

/** Rows that are still to be said. */
const OPEN: readonly SlackRow["state"][] = ["pending", "sending", "ambiguous"];

/** What is to be done about a row, with all that it takes, as of one moment. */
type Task =
  | Sayable
  | { kind: "root_awaited"; row: SlackRow; channel: null }
  | { kind: "held"; row: SlackRow }
  | { kind: "unfit"; row: SlackRow; reason: string };

type Settled = Omit<DeliveryOutcome, "at"> & Partial<Posted>;

/**
 * The handler of `slack.post` jobs: says what committed steps left to be said, each thing once. A job names a row and
 * says the earliest one of its thread, so that a thread keeps its order. Jobs must come one at a time; Slack takes
 * about one message a second in a channel anyway.
 * @throws when another living process is saying it; the queue brings it back.
 */
export function announceWith(
  bot: Bot,
  calls: OutboxCalls,
  deskChannel: string,
  pace: AnnouncePace = {},
): (id: string) => Promise<void> {
  const channels = channelPauses(pace);
  const { store } = bot.desk;

  async function settle({ id, attempt }: SlackRow, outcome: Settled): Promise<void> {
    const written = await store.transact((tx) =>
      tx.settleSlack(id, { ...outcome, attempt, at: bot.desk.now() }),
    );
    if (!written)
      bot.log.warn({ row: id, attempt, outcome: outcome.state }, "a late word about a message for Slack");
  }

  async function attempt(task: Sayable, unasked: Settled["state"]): Promise<void> {
    const { row, channel } = task;
    let asked = unasked === "pending";
    let place: Partial<Posted>;
    try {
      const done = asked ? null : await alreadyDone(calls, task);
      asked = true;
      place = await say(whileLeased(bot, calls, row), task, done);
    } catch (error) {
      const fault = faultOf(error);
      // Of several messages some may stand there already.
      const known =
        asked && fault.kind !== "uncertain" && !(task.kind === "message" && task.screens.length > 1);
      if (fault.code === CLAIM_TOO_OLD) {
        bot.log.warn(
          { row: row.id, attempt: row.attempt },
          "a message to Slack was not posted: claim too old",
        );
        return settle(row, { state: known ? "pending" : "ambiguous", detail: CLAIM_TOO_OLD });
      }
      const waitMs = channels.failed(channel, row.id, fault, Date.parse(bot.desk.now()));
      return settle(row, afterFault(bot, row.id, fault, { known, waitMs }));
    }
    channels.taken(channel, row.id);
    await settle(row, { state: "sent", detail: null, ...place });
  }

  return async (id) => {
    const task = await store.transact((tx) => prepare(tx, bot, id, deskChannel));
    if (task === null) return;
    const { row } = task;
    if (task.kind === "held") throw new Error("the message is in the hands of another process");
    if (task.kind === "unfit") {
      bot.log.error({ row: row.id, reason: task.reason }, "a message for Slack is not fit to be sent");
      return settle(row, { state: "parked", detail: task.reason });
    }
    // Only a row that nobody took up before is said without a question; whatever else waits keeps its question.
    const unasked = row.state === "pending" ? "pending" : "ambiguous";
    const paused = channels.left(task.channel, Date.parse(bot.desk.now()));
    if (task.kind === "root_awaited") {
      const retryAt = later(bot.desk.now(), Math.max(paused, ROOT_WAIT_MS));
      return settle(row, { state: unasked, detail: "root", retryAt });
    }
    if (paused > 0)
      return settle(row, { state: unasked, detail: "paused", retryAt: later(bot.desk.now(), paused) });
    await attempt(task, unasked);
  };
}

/** The same calls; a process that froze since it took the row up could post beside whoever has taken it over by now. */
function whileLeased(bot: Bot, calls: OutboxCalls, row: SlackRow): OutboxCalls {
  const untouched = Date.parse(row.leasedUntil ?? bot.desk.now()) - POST_MS;
  const look = () => {
    if (Date.parse(bot.desk.now()) > untouched) throw new SlackFault("refused", CLAIM_TOO_OLD);
  };
  return {
    ...calls,
    async post(...args) {
      look();
      return calls.post(...args);
    },
    async update(...args) {
      look();
      return calls.update(...args);
    },
    async upload(...args) {
      look();
      return calls.upload(...args);
    },
  };
}

/** @param known nothing of the message was posted. */
function afterFault(
  bot: Bot,
  id: string,
  fault: SlackFault,
  { known, waitMs }: { known: boolean; waitMs: number },
): Settled {
  const hopeless = HOPELESS.includes(fault.code);
  const reason = fault.code;
  if (fault.kind === "refused")
    bot.log.error({ row: id, reason }, hopeless ? "Slack refuses a message" : "Slack cannot take messages");
  else bot.log.warn({ row: id, reason, waitMs }, "a message to Slack has to wait");
  if (hopeless) return { state: "parked", detail: reason };
  return { state: known ? "pending" : "ambiguous", detail: reason, retryAt: later(bot.desk.now(), waitMs) };
}

/** Takes up the row whose turn it is and reads what it needs, in one step. @returns null when there is nothing to say now. */
async function prepare(tx: Transaction, bot: Bot, id: string, deskChannel: string): Promise<Task | null> {
  const at = bot.desk.now();
  const row = await tx.claimSlack(id, at, later(at, LEASE_MS));
  if (row === null || !OPEN.includes(row.state)) return null;
  if (row.held) return { kind: "held", row };
  const { post } = row;
  if (post.kind === "desk") {
    const screens = deskScreens(post.content, bot.words, bot.say);
    return { kind: "message", row, channel: deskChannel, root: null, screens };
  }
  if (post.kind === "card") {
    const found = await tx.caseById(post.caseId);
    if (found === null) return { kind: "unfit", row, reason: "case_gone" };
    const channel = row.channel ?? channelFor(found, deskChannel);
    return { kind: "card", row, channel, screen: cardScreen(caseCard(found), bot.words) };
  }
  const root = await tx.rootMessage(post.caseId);
  if (root === null) {
    const waited = Date.parse(at) - Date.parse(row.createdAt) >= SLACK_HOLDS_BACK_MS;
    // A root message that is still tried may come yet: Slack can be gone for longer.
    if (waited && !(await tx.rootAwaited(post.caseId))) return { kind: "unfit", row, reason: "root_missing" };
    return { kind: "root_awaited", row, channel: null };
  }
  if (post.kind === "file") return fileTask(tx, row, post, root);
  const letter = await letterOf(tx, post);
  const screens = threadScreens(post.content, letter, bot.words, bot.say, post.caseId);
  return { kind: "message", row, channel: root.channel, root, screens };
}

/** Which letter changed the case; only then the message says when it came and from whom. */
async function letterOf(
  tx: Transaction,
  { caseId, content }: Extract<SlackPost, { kind: "thread" }>,
): Promise<CaseLetter | null> {
  if (content.event !== "corrected") return null;
  const letter = await tx.letter(content.letterId);
  if (letter === null || letter.caseId !== caseId) return null;
  const { id, receivedAt, kind, subject, fromAddress: from, state } = letter;
  return { id, receivedAt, kind, subject, from, state };
}

/** A branch's own channel, where the registry gives the orderer one. */
function channelFor(found: Case, deskChannel: string): string {
  return found.orderer?.slackChannel ?? deskChannel;
}

/** A sealed document holds an authentication key and never comes here; should one, it is not sent. */
async function fileTask(
  tx: Transaction,
  row: SlackRow,
  post: Extract<SlackPost, { kind: "file" }>,
  root: Posted,
): Promise<Task> {
  const document = await tx.document(post.documentId);
  if (document === null) return { kind: "unfit", row, reason: "document_gone" };
  if (document.sealed) return { kind: "unfit", row, reason: "document_holds_a_key" };
  const { filename, title } = post;
  return { kind: "file", row, channel: root.channel, root, file: { filename, title, bytes: document.bytes } };
}
