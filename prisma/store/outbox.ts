import { randomUUID } from "node:crypto";
import type { SlackPost } from "../../core/announcements.ts";
import type { DeliveryOutcome, OutboundRow, OutboxRows, SlackRow } from "../../core/store.ts";
import type { OutboundLetter, SlackMessage } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { bytes, json } from "./rows.ts";
import { deliveryState, slackPost } from "./shapes.ts";

/**
 * What leaves the desk. A row has one job at a time: it is added with the row, and again only by an outcome
 * `pending`, so no two workers ever hold the same row. Only a `pending` row becomes `sending`; a row that is claimed
 * in another state is handed out as it is, untouched.
 */
export function outboxRows({ tx, enqueue }: Context): OutboxRows {
  return {
    async addLetter(letter, sealedBytes, composed, at) {
      const id = randomUUID();
      const { cause, caseId, to, content } = letter;
      const { messageId, subject } = composed;
      const { count } = await tx.outboundLetter.createMany({
        data: {
          ...{ id, cause, caseId, to, template: content.template, messageId, subject, state: "pending" },
          ...{ sealedBytes: bytes(sealedBytes), createdAt: new Date(at), changedAt: new Date(at) },
        },
        skipDuplicates: true,
      });
      if (count === 1) enqueue("mail.send", id);
    },

    async claimLetter(id, at) {
      const [claimed] = await tx.outboundLetter.updateManyAndReturn({
        where: { id, state: "pending" },
        data: sending(at),
      });
      if (claimed !== undefined) return toOutbound(asItWas(claimed));
      const row = await tx.outboundLetter.findUnique({ where: { id } });
      return row === null ? null : toOutbound(row);
    },

    async settleLetter(id, outcome) {
      await tx.outboundLetter.update({ where: { id }, data: settled(outcome), select: { id: true } });
      if (outcome.state === "pending") enqueue("mail.send", id, retryDate(outcome));
    },

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

    async claimSlack(id, at) {
      const [claimed] = await tx.slackMessage.updateManyAndReturn({
        where: { id, state: "pending" },
        data: { ...sending(at), stale: false },
      });
      if (claimed !== undefined) return toSlack(asItWas(claimed));
      const row = await tx.slackMessage.findUnique({ where: { id } });
      return row === null ? null : toSlack(row);
    },

    async settleSlack(id, { channel, ts, ...outcome }) {
      const place = { ...(channel === undefined ? {} : { channel }), ...(ts === undefined ? {} : { ts }) };
      const row = await tx.slackMessage.update({ where: { id }, data: { ...settled(outcome), ...place } });
      if (outcome.state === "pending") enqueue("slack.post", id, retryDate(outcome));
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
    if (card.state === "sending") {
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

function sending(at: string) {
  return { state: "sending", attempts: { increment: 1 }, changedAt: new Date(at) };
}

/** A claimed row as it was before: one statement takes it and reads it, so that two workers cannot both find it `pending`. */
function asItWas<Row extends { state: string; attempts: number }>(claimed: Row): Row {
  return { ...claimed, state: "pending", attempts: claimed.attempts - 1 };
}

function settled({ state, at, detail, retryAt }: DeliveryOutcome) {
  return {
    state,
    detail,
    changedAt: new Date(at),
    retryAt: retryAt === undefined ? null : new Date(retryAt),
  };
}

function retryDate({ retryAt }: DeliveryOutcome): Date | undefined {
  return retryAt === undefined ? undefined : new Date(retryAt);
}

function toOutbound(row: OutboundLetter): OutboundRow {
  const { id, caseId, to, template, messageId, sealedBytes, attempts } = row;
  const state = deliveryState.parse(row.state);
  return {
    id,
    caseId,
    to,
    template,
    messageId,
    sealedBytes,
    state,
    attempts,
    createdAt: row.createdAt.toISOString(),
  };
}

function toSlack(row: SlackMessage): SlackRow {
  const { id, attempts, channel, ts } = row;
  // The outline is checked; the members of each event are core's own words written by core.
  const post = slackPost.parse(row.post) as unknown as SlackPost;
  return { id, post, state: deliveryState.parse(row.state), attempts, channel, ts };
}
