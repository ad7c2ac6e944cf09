import { randomBytes } from "node:crypto";
import type { SlackPost } from "../../core/announcements.ts";
import { type OutboxRows, SLACK_HOLDS_BACK_MS, type SlackRow } from "../../core/rows/outbox.ts";
import type { Instant } from "../../core/terms.ts";
import type { SlackMessage } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { isLeased, living, outboundRows, retryDate } from "./outbound.ts";
import { deliveryState, slackPost } from "./shapes.ts";

const ADD = `
  INSERT INTO slack_messages (id, kind, cause, case_id, post, state, created_at, changed_at)
  VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6) ON CONFLICT DO NOTHING RETURNING id`;
const TAKE_UP = `
  UPDATE slack_messages SET state = 'sending', attempts = attempts + 1, holder = $2, leased_until = $3, retry_at = NULL,
    detail = NULL, stale = false`;
const TAKEN =
  'id, post, state, attempts, channel, ts, leased_until AS "leasedUntil", created_at AS "createdAt"';
const CLAIM = `${TAKE_UP} WHERE id = $1 AND state = 'pending' RETURNING ${TAKEN}`;
const TAKE_OVER = `${TAKE_UP} WHERE id = $1 AND attempts = $4 AND state IN ('sending', 'ambiguous') RETURNING ${TAKEN}`;
/** `changed_at` tells since when a row waits, or when it ended: an attempt in between does not move it. */
const SETTLE = `
  UPDATE slack_messages SET state = $2, detail = $4, retry_at = $5, channel = coalesce($6, channel), ts = coalesce($7, ts),
    changed_at = CASE WHEN $2::text IN ('pending', 'ambiguous') THEN changed_at ELSE $3 END
  WHERE id = $1 AND attempts = $8 AND state = 'sending' RETURNING id, stale`;
const AGAIN = `
  UPDATE slack_messages SET state = 'pending', stale = false, retry_at = NULL, changed_at = $2 WHERE id = $1`;
const ROOT = "SELECT channel, ts, state FROM slack_messages WHERE cause = $1 AND kind = 'card'";
/** Turns of a thread are given one after the other. 72707374: the other locks' numbers are one less each. */
const LOCK = `
  SELECT pg_advisory_xact_lock(72707374, hashtext(coalesce(case_id, '')))
  FROM slack_messages WHERE id = $1 AND kind <> 'card'`;
/** The open rows of a thread, or of the desk's channel, to which a row belongs. */
const LANE = `
  FROM slack_messages mine JOIN slack_messages other ON other.case_id IS NOT DISTINCT FROM mine.case_id
  WHERE mine.id = $1 AND mine.kind <> 'card' AND other.kind <> 'card'
    AND other.state IN ('pending', 'sending', 'ambiguous')`;
const DUE = "(other.retry_at IS NULL OR other.retry_at <= $2)";
/** It no longer keeps back the others. What waits for the root message or the channel always does: all of them need that. */
const PASSED_BY = `(NOT ${DUE} AND other.created_at <= $3 AND coalesce(other.detail, '') NOT IN ('root', 'paused'))`;
/** Whose turn it is, or (`waits`) who has the next one and when. */
const TURN = `
  SELECT other.id, other.retry_at AS "retryAt", NOT ${DUE} AS waits,
    other.state = 'pending' AND other.detail IS NOT DISTINCT FROM 'turn' AS rests
  ${LANE}
  ORDER BY ${PASSED_BY}, CASE WHEN ${PASSED_BY} THEN other.retry_at ELSE other.created_at END,
    other.id LIMIT 1`;
const REST = `
  UPDATE slack_messages SET detail = 'turn' WHERE id = (
    SELECT other.id ${LANE} AND ${DUE} AND other.id <> $3 AND other.state = 'pending'
      AND other.detail IS DISTINCT FROM 'turn'
    ORDER BY other.created_at DESC, other.id DESC LIMIT 1) RETURNING id`;
const WAKE = "UPDATE slack_messages SET detail = NULL WHERE id = $1";

interface Turn {
  id: string;
  retryAt: Date | null;
  waits: boolean;
  rests: boolean;
}

/**
 * What leaves the desk. Only a `pending` row is taken up without a question; one found `sending` or `ambiguous` was
 * interrupted, and whoever gets it looks first what became of it.
 *
 * Jobs and turns. A job is added with each row, and again by an outcome `pending` or `ambiguous`; it says whatever is
 * first in its thread. While that waits, a job that comes gives itself up and one of the rows behind rests for it
 * (detail `turn`); the row gets its job back when its turn comes. So a thread has at least as many jobs as open rows
 * that do not rest, what waits or is being said never rests, and therefore an open row is never without a job: each
 * step below takes one job and one such row, or adds one of both. The lock keeps two steps from resting for each other.
 */
export function outboxRows(context: Context): OutboxRows {
  const { tx, sql, later, enqueue, holder } = context;
  return {
    ...outboundRows(context),

    async addSlack(post, at) {
      const id = orderedId(Date.parse(at));
      const cause = causeOf(post);
      const { kind } = post;
      const caseId = "caseId" in post ? post.caseId : null;
      const row = [id, kind, cause, caseId, JSON.stringify(post), at];
      if (kind === "card") {
        if ((await sql(ADD, row)).length === 1) enqueue("slack.post", id);
        else await rewriteCard(cause, at);
        return;
      }
      later(ADD, row, (rows) => {
        if (rows.length === 1) enqueue("slack.post", id);
      });
    },

    async claimSlack(id, at, leasedUntil) {
      const [, [turn]] = await Promise.all([sql(LOCK, [id]), sql<Turn>(TURN, [id, at, holdsBackSince(at)])]);
      if (turn?.waits === true) {
        if (!(await rest(turn, at))) enqueue("slack.post", id, turn.retryAt ?? undefined);
        return null;
      }
      const row = await takeUp(turn?.id ?? id, at, leasedUntil);
      if (row?.held === true) return turn !== undefined && (await rest(turn, at)) ? null : row;
      if (turn?.rests === true) enqueue("slack.post", turn.id);
      return row;
    },

    async settleSlack(id, { channel, ts, attempt, ...outcome }) {
      const { state, at, detail, retryAt } = outcome;
      const values = [id, state, at, detail, retryAt ?? null, channel ?? null, ts ?? null, attempt];
      const [, [row]] = await Promise.all([
        sql(LOCK, [id]),
        sql<{ id: string; stale: boolean }>(SETTLE, values),
      ]);
      if (row === undefined) {
        // Whoever was quicker may have spent another row's job on this one.
        enqueue("slack.post", id);
        return false;
      }
      if (state === "pending" || state === "ambiguous") enqueue("slack.post", id, retryDate(outcome));
      else if (row.stale) await again(row.id, at);
      await wakeNext(id, at);
      return true;
    },

    async rootMessage(caseId) {
      const [root] = await sql<{ channel: string | null; ts: string | null }>(ROOT, [caseId]);
      if (root === undefined || root.channel === null || root.ts === null) return null;
      return { channel: root.channel, ts: root.ts };
    },

    async rootAwaited(caseId) {
      const [root] = await sql<{ state: string }>(ROOT, [caseId]);
      return root !== undefined && OPEN.includes(root.state);
    },

    async addIssueJob(caseId) {
      enqueue("desk.issue", caseId);
    },
  };

  /** Another row behind `turn` rests for the job that came; false when there is none that could. */
  async function rest(turn: Turn, at: Instant): Promise<boolean> {
    return (await sql(REST, [turn.id, at, turn.id])).length === 1;
  }

  async function wakeNext(id: string, at: Instant): Promise<void> {
    const [turn] = await sql<Turn>(TURN, [id, at, holdsBackSince(at)]);
    if (turn === undefined || turn.waits || !turn.rests) return;
    await sql(WAKE, [turn.id]);
    enqueue("slack.post", turn.id);
  }

  async function takeUp(id: string, at: Instant, leasedUntil: Instant): Promise<SlackRow | null> {
    const [claimed] = await sql<ClaimedSlack>(CLAIM, [id, holder, leasedUntil]);
    if (claimed !== undefined) return toSlack({ ...claimed, state: "pending" }, false);
    const row = await tx.slackMessage.findUnique({ where: { id } });
    if (row === null || (row.state !== "sending" && row.state !== "ambiguous"))
      return row === null ? null : toSlack(row, false);
    const other = row.state === "sending" && row.holder !== holder;
    if (other && isLeased(row, at) && (await living(tx, [row.holder])).has(row.holder ?? 0))
      return toSlack(row, true);
    const [mine] = await sql<ClaimedSlack>(TAKE_OVER, [id, holder, leasedUntil, row.attempts]);
    // Nothing: somebody was quicker.
    return mine === undefined ? toSlack(row, true) : toSlack({ ...mine, state: row.state }, false);
  }

  /** A card that waits will be drawn from today's case anyway; one on its way out is written again after that. */
  async function rewriteCard(cause: string, at: Instant): Promise<void> {
    const [card] = await tx.$queryRaw<{ id: string; state: string }[]>`
      SELECT id, state FROM slack_messages WHERE cause = ${cause} AND kind = 'card' FOR UPDATE`;
    if (card === undefined || card.state === "pending") return;
    if (OPEN.includes(card.state)) {
      await tx.slackMessage.update({ where: { id: card.id }, data: { stale: true }, select: { id: true } });
    } else {
      await again(card.id, at);
    }
  }

  /** The count of attempts goes on: a late word of one before must not pass for one of now. */
  async function again(id: string, at: Instant): Promise<void> {
    await sql(AGAIN, [id, at]);
    enqueue("slack.post", id);
  }
}

const OPEN: readonly string[] = ["pending", "sending", "ambiguous"];

let lastOrdered = 0n;

/** UUID of version 7 (RFC 9562 §5.7, counter of §6.2 method 1): messages of one millisecond keep the order they were added in. */
function orderedId(ms: number): string {
  const now = BigInt(ms) << 12n;
  lastOrdered = now > lastOrdered ? now : lastOrdered + 1n;
  const time = lastOrdered.toString(16).padStart(15, "0");
  const rest = randomBytes(8);
  rest.writeUInt8((rest.readUInt8(0) & 0x3f) | 0x80, 0);
  const tail = rest.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${time.slice(12)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

function holdsBackSince(at: Instant): Date {
  return new Date(Date.parse(at) - SLACK_HOLDS_BACK_MS);
}

type ClaimedSlack = Pick<
  SlackMessage,
  "id" | "post" | "state" | "attempts" | "channel" | "ts" | "leasedUntil" | "createdAt"
>;

/** A card is known by its case: one card a case. */
function causeOf(post: SlackPost): string {
  return post.kind === "card" ? post.caseId : post.cause;
}

function toSlack(row: ClaimedSlack, held: boolean): SlackRow {
  const { id, channel, ts } = row;
  // The outline is checked; the members of each event are core's own words written by core.
  const post = slackPost.parse(row.post) as unknown as SlackPost;
  return {
    ...{ id, post, state: deliveryState.parse(row.state), held, attempt: row.attempts, channel, ts },
    leasedUntil: row.leasedUntil?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
