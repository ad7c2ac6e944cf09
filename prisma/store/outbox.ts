import { randomUUID } from "node:crypto";
import type { SlackPost } from "../../core/announcements.ts";
import type { OutboxRows, SlackRow } from "../../core/rows/outbox.ts";
import type { SlackMessage } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { isLeased, living, outboundRows, retryDate, settled, taken } from "./outbound.ts";
import { json } from "./rows.ts";
import { deliveryState, slackPost } from "./shapes.ts";

/**
 * What leaves the desk. A row has one job at a time: it is added with the row, and again only by an outcome
 * `pending` or `ambiguous`. Only a `pending` row is taken up without a question; one found `sending` or `ambiguous` was
 * interrupted, and whoever gets it looks first what became of it.
 */
export function outboxRows(context: Context): OutboxRows {
  const { tx, enqueue, holder } = context;
  return {
    ...outboundRows(context),

    async addSlack(post, at) {
      const id = randomUUID();
      const cause = causeOf(post);
      const { kind } = post;
      const caseId = "caseId" in post ? post.caseId : null;
      const [createdAt, changedAt] = [new Date(at), new Date(at)];
      const { count } = await tx.slackMessage.createMany({
        data: { id, kind, cause, caseId, post: json(post), state: "pending", createdAt, changedAt },
        skipDuplicates: true,
      });
      if (count === 1) return void enqueue("slack.post", id);
      if (kind === "card") await rewriteCard(cause, changedAt);
    },

    async claimSlack(id, at, leasedUntil) {
      const data = { ...taken(holder, at, leasedUntil), stale: false };
      const [claimed] = await tx.slackMessage.updateManyAndReturn({ where: { id, state: "pending" }, data });
      if (claimed !== undefined) return toSlack({ ...claimed, state: "pending" }, false);
      const row = await tx.slackMessage.findUnique({ where: { id } });
      if (row === null) return null;
      const other = row.state === "sending" && row.holder !== holder;
      const held = other && isLeased(row, at) && (await living(tx, [row.holder])).has(row.holder ?? 0);
      if (!held && (row.state === "sending" || row.state === "ambiguous"))
        await tx.slackMessage.update({ where: { id }, data, select: { id: true } });
      return toSlack(row, held);
    },

    async earlierSlackWaits(id) {
      const [answer] = await tx.$queryRaw<{ waits: boolean }[]>`
        SELECT EXISTS (SELECT FROM slack_messages mine JOIN slack_messages other
          ON other.case_id = mine.case_id AND other.created_at < mine.created_at
          WHERE mine.id = ${id} AND mine.kind <> 'card' AND other.kind <> 'card'
            AND other.state IN ('pending', 'sending', 'ambiguous')) AS waits`;
      return answer?.waits ?? false;
    },

    async settleSlack(id, { channel, ts, ...outcome }) {
      const place = { ...(channel === undefined ? {} : { channel }), ...(ts === undefined ? {} : { ts }) };
      const row = await tx.slackMessage.update({ where: { id }, data: { ...settled(outcome), ...place } });
      if (outcome.state === "pending" || outcome.state === "ambiguous")
        enqueue("slack.post", id, retryDate(outcome));
      else if (row.stale) await again(row.id);
    },

    async rootMessage(caseId) {
      const row = await tx.slackMessage.findUnique({
        where: { cause_kind: { cause: caseId, kind: "card" } },
      });
      return row === null || row.channel === null || row.ts === null
        ? null
        : { channel: row.channel, ts: row.ts };
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

/** A card is known by its case: one card a case. */
function causeOf(post: SlackPost): string {
  return post.kind === "card" ? post.caseId : post.cause;
}

function toSlack(row: SlackMessage, held: boolean): SlackRow {
  const { id, attempts, channel, ts } = row;
  // The outline is checked; the members of each event are core's own words written by core.
  const post = slackPost.parse(row.post) as unknown as SlackPost;
  return { id, post, state: deliveryState.parse(row.state), held, attempts, channel, ts };
}
