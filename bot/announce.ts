import type { SlackPost } from "../core/announcements.ts";
import type { Case } from "../core/case.ts";
import { caseCard } from "../core/desk/card.ts";
import type { DeliveryOutcome, SlackRow } from "../core/rows/outbox.ts";
import type { Transaction } from "../core/store.ts";
import type { Instant } from "../core/terms.ts";
import { cardScreen } from "./blocks/card.ts";
import type { Screen } from "./blocks/kit.ts";
import { deskScreens, threadScreens } from "./blocks/thread.ts";
import type { Bot } from "./bot.ts";
import { type AnnouncePace, channelPauses } from "./pauses.ts";
import { faultOf, type OutboxCalls, type Posted, SlackFault } from "./slack.ts";

/** A thread waits this long for its root message, and a message for the one before it. */
const TURN_WAIT_MS = 1000;
/**
 * Longer than any attempt lasts (each call ends after 15 s, the longest text is a few messages). It only matters for
 * a process that lives and does not move: the row of one that died is taken over at once (`claimSlack`).
 */
const LEASE_MS = 10 * 60_000;
/**
 * A message keeps back those that come after it in its thread or in the desk's channel; one that could not be said for
 * so long (Slack refuses it, or breaks over it) no longer does.
 */
const HOLDS_BACK_MS = 60 * 60_000;
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

/** What is to be said, with all that it takes, as of one moment. */
type Task =
  | { kind: "card"; row: SlackRow; channel: string; screen: Screen }
  | { kind: "message"; row: SlackRow; channel: string; root: Posted | null; screens: Screen[] }
  | {
      kind: "file";
      row: SlackRow;
      channel: string;
      root: Posted;
      file: { filename: string; title: string; bytes: Uint8Array };
    }
  | { kind: "wait"; row: SlackRow; channel: string | null; reason: "root" | "turn" }
  | { kind: "held"; row: SlackRow }
  | { kind: "unfit"; row: SlackRow; reason: string };

type Settled = Omit<DeliveryOutcome, "at"> & Partial<Posted>;

/**
 * The handler of `slack.post` jobs: says what a committed step left to be said, each thing once. Jobs must come one
 * at a time, so that a case's thread keeps its order; Slack takes about one message a second in a channel anyway.
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
  return async (id) => {
    const task = await store.transact((tx) => prepare(tx, bot, id, deskChannel));
    if (task === null) return;
    const settle = (outcome: Settled) =>
      store.transact((tx) => tx.settleSlack(id, { ...outcome, at: bot.desk.now() }));
    if (task.kind === "held") throw new Error("the message is in the hands of another process");
    if (task.kind === "unfit") {
      bot.log.error({ row: id, reason: task.reason }, "a message for Slack is not fit to be sent");
      return settle({ state: "parked", detail: task.reason });
    }
    // Only a row that nobody took up before is said without a question; whatever else waits keeps its question.
    const unasked = task.row.state === "pending" ? "pending" : "ambiguous";
    const paused = channels.left(task.channel, Date.parse(bot.desk.now()));
    if (task.kind === "wait")
      return settle({
        ...{ state: unasked, detail: task.reason },
        retryAt: later(bot, Math.max(paused, TURN_WAIT_MS)),
      });
    if (paused > 0) return settle({ state: unasked, detail: "paused", retryAt: later(bot, paused) });
    let asked = unasked === "pending";
    try {
      const done = asked ? null : await alreadyDone(calls, task);
      asked = true;
      const place = await say(calls, task, done);
      channels.taken(task.channel, id);
      return settle({ state: "sent", detail: null, ...place });
    } catch (error) {
      const fault = faultOf(error);
      const waitMs = channels.failed(task.channel, id, fault, Date.parse(bot.desk.now()));
      // Of several messages some may stand there already.
      const known =
        asked && fault.kind !== "uncertain" && !(task.kind === "message" && task.screens.length > 1);
      return settle(afterFault(bot, id, fault, { known, waitMs }));
    }
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
  return { state: known ? "pending" : "ambiguous", detail: reason, retryAt: later(bot, waitMs) };
}

function later(bot: Bot, ms: number): Instant {
  return before(bot.desk.now(), -ms);
}

function before(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) - ms).toISOString();
}

/** Claims the row and reads what it needs, in one step. @returns null when there is nothing left to say. */
async function prepare(tx: Transaction, bot: Bot, id: string, deskChannel: string): Promise<Task | null> {
  const at = bot.desk.now();
  const row = await tx.claimSlack(id, at, before(at, -LEASE_MS));
  if (row === null || !OPEN.includes(row.state)) return null;
  if (row.held) return { kind: "held", row };
  const { post } = row;
  const isEarly = () => tx.earlierSlackWaits(id, before(at, HOLDS_BACK_MS));
  if (post.kind === "desk" && (await isEarly()))
    return { kind: "wait", row, channel: deskChannel, reason: "turn" };
  if (post.kind === "desk")
    return {
      kind: "message",
      row,
      channel: deskChannel,
      root: null,
      screens: deskScreens(post.content, bot.words, bot.say),
    };
  if (post.kind === "card") {
    const found = await tx.caseById(post.caseId);
    if (found === null) return { kind: "unfit", row, reason: "case_gone" };
    const channel = row.channel ?? channelFor(found, deskChannel);
    return { kind: "card", row, channel, screen: cardScreen(caseCard(found), bot.words) };
  }
  const root = await tx.rootMessage(post.caseId);
  if (root === null) return { kind: "wait", row, channel: null, reason: "root" };
  if (await isEarly()) return { kind: "wait", row, channel: root.channel, reason: "turn" };
  if (post.kind === "file") return fileTask(tx, row, post, root);
  return {
    kind: "message",
    row,
    channel: root.channel,
    root,
    screens: threadScreens(post.content, bot.words, bot.say),
  };
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

type Sayable = Exclude<Task, { kind: "wait" | "held" | "unfit" }>;

/** What an interrupted attempt left in Slack: the number of messages that were posted, and the first one. */
interface Done {
  count: number;
  first: Posted | null;
}

async function alreadyDone(calls: OutboxCalls, task: Sayable): Promise<Done> {
  if (task.kind === "file")
    return { count: (await calls.hasFile(task.root, task.file.title)) ? 1 : 0, first: null };
  if (task.kind === "card") {
    if (task.row.ts !== null) return { count: 0, first: null };
    const first = await calls.findPosted(task.channel, null, task.row.id);
    return { count: first === null ? 0 : 1, first };
  }
  const done: Done = { count: 0, first: null };
  for (const [page] of task.screens.entries()) {
    const posted = await calls.findPosted(task.channel, task.root?.ts ?? null, pageId(task.row, page));
    if (posted === null) break;
    done.count += 1;
    done.first ??= posted;
  }
  return done;
}

function pageId(row: SlackRow, page: number): string {
  return page === 0 ? row.id : `${row.id}#${page}`;
}

/** Says what has not been said yet. @returns where it stands (of several messages, the first). */
async function say(calls: OutboxCalls, task: Sayable, done: Done | null): Promise<Partial<Posted>> {
  if (task.kind === "card") return sayCard(calls, task, done);
  if (task.kind === "file") {
    if ((done?.count ?? 0) === 0) await calls.upload(task.root, task.file);
    return {};
  }
  let first = done?.first ?? null;
  for (const [page, screen] of task.screens.entries()) {
    if (page < (done?.count ?? 0)) continue;
    const thread = task.root === null ? {} : { threadTs: task.root.ts };
    const posted = await calls.post(task.channel, screen, { ...thread, rowId: pageId(task.row, page) });
    first ??= posted;
  }
  return first ?? {};
}

/** Posted once, rewritten ever after; a card that somebody deleted is posted anew. */
async function sayCard(
  calls: OutboxCalls,
  { row, channel, screen }: Extract<Task, { kind: "card" }>,
  done: Done | null,
): Promise<Posted> {
  const place = row.ts === null ? (done?.first ?? null) : { channel, ts: row.ts };
  if (place === null) return calls.post(channel, screen, { rowId: row.id });
  try {
    await calls.update(place, screen, row.id);
    return place;
  } catch (error) {
    if (!(error instanceof SlackFault) || error.code !== "message_not_found") throw error;
    // An interrupted attempt may have posted it anew already.
    const again = done === null ? null : await calls.findPosted(channel, null, row.id);
    if (again === null) return calls.post(channel, screen, { rowId: row.id });
    await calls.update(again, screen, row.id);
    return again;
  }
}
