import { randomUUID } from "node:crypto";
import type { SlackPost } from "../../core/announcements.ts";
import type { OutboxRows, SlackRow } from "../../core/rows/outbox.ts";
import type { SlackMessage } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { isLeased, living, outboundRows, retryDate, taken } from "./outbound.ts";
import { deliveryState, slackPost } from "./shapes.ts";

const ADD = `
  INSERT INTO slack_messages (id, kind, cause, case_id, post, state, created_at, changed_at)
  VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6) ON CONFLICT DO NOTHING RETURNING id`;
const CLAIM = `
  UPDATE slack_messages SET state = 'sending', attempts = attempts + 1, changed_at = $2, holder = $3, leased_until = $4,
    stale = false
  WHERE id = $1 AND state = 'pending' RETURNING id, post, state, attempts, channel, ts`;
const SETTLE = `
  UPDATE slack_messages SET state = $2, changed_at = $3, detail = $4, retry_at = $5, channel = coalesce($6, channel),
    ts = coalesce($7, ts)
  WHERE id = $1 RETURNING id, stale`;
const ROOT = "SELECT channel, ts FROM slack_messages WHERE cause = $1 AND kind = 'card'";
const EARLIER = `
  SELECT EXISTS (SELECT FROM slack_messages mine JOIN slack_messages other
    ON other.case_id IS NOT DISTINCT FROM mine.case_id AND other.created_at < mine.created_at
    WHERE mine.id = $1 AND mine.kind <> 'card' AND other.kind <> 'card'
      AND other.state IN ('pending', 'sending', 'ambiguous') AND other.created_at > $2) AS waits`;

/**
 * What leaves the desk. A row has one job at a time: it is added with the row, and again only by an outcome
 * `pending` or `ambiguous`. Only a `pending` row is taken up without a question; one found `sending` or `ambiguous` was
 * interrupted, and whoever gets it looks first what became of it.
 */
export function outboxRows(context: Context): OutboxRows {
  const { tx, sql, later, enqueue, holder } = context;
  return {
    ...outboundRows(context),

    async addSlack(post, at) {
      const id = randomUUID();
      const cause = causeOf(post);
      const { kind } = post;
      const caseId = "caseId" in post ? post.caseId : null;
      const row = [id, kind, cause, caseId, JSON.stringify(post), at];
      if (kind === "card") {
        if ((await sql(ADD, row)).length === 1) enqueue("slack.post", id);
        else await rewriteCard(cause, new Date(at));
        return;
      }
      later(ADD, row, (rows) => {
        if (rows.length === 1) enqueue("slack.post", id);
      });
    },

    async claimSlack(id, at, leasedUntil) {
      const [claimed] = await sql<ClaimedSlack>(CLAIM, [id, at, holder, leasedUntil]);
      if (claimed !== undefined) return toSlack({ ...claimed, state: "pending" }, false);
      const row = await tx.slackMessage.findUnique({ where: { id } });
      if (row === null) return null;
      const other = row.state === "sending" && row.holder !== holder;
      const held = other && isLeased(row, at) && (await living(tx, [row.holder])).has(row.holder ?? 0);
      const data = { ...taken(holder, at, leasedUntil), stale: false };
      if (!held && (row.state === "sending" || row.state === "ambiguous"))
        await tx.slackMessage.update({ where: { id }, data, select: { id: true } });
      return toSlack(row, held);
    },

    async earlierSlackWaits(id, since) {
      const [answer] = await sql<{ waits: boolean }>(EARLIER, [id, since]);
      return answer?.waits ?? false;
    },

    async settleSlack(id, { channel, ts, ...outcome }) {
      const { state, at, detail, retryAt } = outcome;
      const values = [id, state, at, detail, retryAt ?? null, channel ?? null, ts ?? null];
      const [row] = await sql<{ id: string; stale: boolean }>(SETTLE, values);
      if (row === undefined) throw new Error("a Slack message was settled that is not there");
      if (outcome.state === "pending" || outcome.state === "ambiguous")
        enqueue("slack.post", id, retryDate(outcome));
      else if (row.stale) await again(row.id);
    },

    async rootMessage(caseId) {
      const [root] = await sql<{ channel: string | null; ts: string | null }>(ROOT, [caseId]);
      if (root === undefined || root.channel === null || root.ts === null) return null;
      return { channel: root.channel, ts: root.ts };
    },

    async addIssueJob(caseId) {
      enqueue("desk.issue", caseId);
    },
  };

  /** A card that waits will be drawn from today's case anyway; one on its way out is written again after that. */
  async function rewriteCard(cause: string, changedAt: Date): Promise<void> {
    const [card] = await tx.$queryRaw<{ id: string; state: string }[]>`
      SELECT id, state FROM slack_messages WHERE cause = ${cause} AND kind = 'card' FOR UPDATE`;
    if (card === undefined || card.state === "pending") return;
    if (card.state === "sending" || card.state === "ambiguous") {
      await tx.slackMessage.update({
        where: { id: card.id },
        data: { stale: true, changedAt },
        select: { id: true },
      });
    } else {
      await again(card.id);
    }
  }

  async function again(id: string): Promise<void> {
    const data = { state: "pending", stale: false, attempts: 0, retryAt: null };
    await tx.slackMessage.update({ where: { id }, data, select: { id: true } });
    enqueue("slack.post", id);
  }
}

type ClaimedSlack = Pick<SlackMessage, "id" | "post" | "state" | "attempts" | "channel" | "ts">;

/** A card is known by its case: one card a case. */
function causeOf(post: SlackPost): string {
  return post.kind === "card" ? post.caseId : post.cause;
}

function toSlack(row: ClaimedSlack, held: boolean): SlackRow {
  const { id, attempts, channel, ts } = row;
  // The outline is checked; the members of each event are core's own words written by core.
  const post = slackPost.parse(row.post) as unknown as SlackPost;
  return { id, post, state: deliveryState.parse(row.state), held, attempts, channel, ts };
}
