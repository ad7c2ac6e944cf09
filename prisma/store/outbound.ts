import type {
  Claim,
  DeliveryOutcome,
  LetterOutcome,
  OutboundRow,
  OutboxRows,
} from "../../core/rows/outbox.ts";
import type { Instant } from "../../core/terms.ts";
import type { OutboundLetter, Prisma } from "../generated/client.ts";
import { PROCESS_LOCK } from "../presence.ts";
import type { Context } from "./context.ts";
import { bytes } from "./rows.ts";
import { deliveryState } from "./shapes.ts";

type OutboundRows = Omit<
  OutboxRows,
  "addSlack" | "claimSlack" | "earlierSlackWaits" | "settleSlack" | "rootMessage" | "addIssueJob"
>;

/** One at a time counts answers near a cap. */
const ANSWERS_LOCK = 72707372;

/** Letters that leave: at most one attempt at a time, held by a lease, and its outcome written once. */
export function outboundRows({ tx, enqueue, holder }: Context): OutboundRows {
  async function suppressed(rows: readonly OutboundLetter[]): Promise<Set<string>> {
    const address = { in: rows.map(({ to }) => to.toLowerCase()) };
    const found = await tx.suppressedAddress.findMany({ where: { address }, select: { address: true } });
    return new Set(found.map((row) => row.address));
  }

  async function settle(outcome: LetterOutcome): Promise<boolean> {
    const { id, attempt, state, at } = outcome;
    const from = state === "sent" ? ["sending", "ambiguous", "parked"] : ["sending", "ambiguous"];
    const where = { id, attempts: attempt, state: { in: from } };
    if (state === "ambiguous")
      await tx.outboundLetter.updateMany({
        where: { ...where, doubtSince: null },
        data: { doubtSince: new Date(at) },
      });
    const doubt = state === "ambiguous" ? {} : { doubtSince: null };
    const { count } = await tx.outboundLetter.updateMany({
      where,
      data: { ...settled(outcome), ...doubt, holder: null, leasedUntil: null },
    });
    if (count === 0) return false;
    if (state === "pending" || state === "ambiguous") enqueue("mail.send", id, retryDate(outcome));
    return true;
  }

  return {
    async addLetter({ cause, caseId, to, content, answers }, sealedBytes, composed, at) {
      const { id, messageId, subject, envelopeFrom } = composed;
      const { count } = await tx.outboundLetter.createMany({
        data: {
          ...{ id, cause, caseId, to, template: content.template, messageId, subject, envelopeFrom },
          ...{ answersTo: answers?.toLowerCase() ?? null, answersDomain: domainOf(answers) },
          ...{ state: "pending", sealedBytes: bytes(sealedBytes) },
          ...{ createdAt: new Date(at), changedAt: new Date(at) },
        },
        skipDuplicates: true,
      });
      if (count === 1) enqueue("mail.send", id);
    },

    async claimLetters(ids, at, leasedUntil) {
      const mine = await tx.outboundLetter.updateManyAndReturn({
        where: { id: { in: [...ids] }, state: "pending" },
        data: taken(holder, at, leasedUntil),
      });
      const takenIds = new Set(mine.map(({ id }) => id));
      const others = ids.filter((id) => !takenIds.has(id));
      const rest =
        others.length === 0 ? [] : await tx.outboundLetter.findMany({ where: { id: { in: others } } });
      const refused = await suppressed([...mine, ...rest]);
      const alive = await living(
        tx,
        rest.map((row) => (row.state === "sending" ? row.holder : null)),
      );
      const claims = new Map<string, Claim>();
      for (const row of mine) claims.set(row.id, { found: "taken", row: toOutbound(row, refused) });
      for (const row of rest) claims.set(row.id, claimOf(row, toOutbound(row, refused)));
      return ids.map((id) => claims.get(id) ?? null);

      function claimOf(row: OutboundLetter, found: OutboundRow): Claim {
        if (row.state === "ambiguous") return { found: "doubtful", row: found };
        if (row.state !== "sending") return { found: "done", row: found };
        if (!isLeased(row, at)) return { found: "interrupted", row: found };
        if (row.holder === holder && holder !== 0) return { found: "own", row: found };
        if (!alive.has(row.holder ?? 0)) return { found: "interrupted", row: found };
        return { found: "held", row: found, until: (row.leasedUntil ?? new Date(at)).toISOString() };
      }
    },

    async reclaimLetter(id, at, leasedUntil) {
      const { count } = await tx.outboundLetter.updateMany({
        where: { id, state: "ambiguous" },
        data: { ...taken(holder, at, leasedUntil), doubtSince: null },
      });
      return count === 1;
    },

    async settleLetters(outcomes) {
      const written: boolean[] = [];
      for (const outcome of outcomes) written.push(await settle(outcome));
      return written;
    },

    async noteBounce(id, detail, at) {
      const { count } = await tx.outboundLetter.updateMany({
        where: { id, state: { in: ["sent", "sending", "ambiguous", "parked"] } },
        data: { state: "refused", detail, changedAt: new Date(at), doubtSince: null, holder: null },
      });
      return count === 1;
    },

    async outboundLetter(id) {
      const row = await tx.outboundLetter.findUnique({ where: { id } });
      return row === null ? null : toOutbound(row, await suppressed([row]));
    },

    async parkedOutbound(limit) {
      const rows = await tx.outboundLetter.findMany({
        where: { state: { in: ["parked", "refused"] } },
        orderBy: { createdAt: "asc" },
        take: limit,
      });
      const refused = await suppressed(rows);
      return rows.map((row) => toOutbound(row, refused));
    },

    async retryOutbound(id, at) {
      const [row] = await tx.outboundLetter.updateManyAndReturn({
        where: { id, state: { in: ["parked", "refused"] }, erasedAt: null },
        data: { state: "pending", changedAt: new Date(at), createdAt: new Date(at), doubtSince: null },
        select: { to: true },
      });
      if (row === undefined) return false;
      await tx.suppressedAddress.deleteMany({ where: { address: row.to.toLowerCase() } });
      enqueue("mail.send", id);
      return true;
    },

    async closeOutbound(id, at) {
      const { count } = await tx.outboundLetter.updateMany({
        where: { id, state: { in: ["parked", "refused"] } },
        data: { state: "closed", changedAt: new Date(at) },
      });
      return count === 1;
    },

    async suppress(address, reason, outboundId, at) {
      await tx.suppressedAddress.createMany({
        data: [{ address: address.toLowerCase(), reason, outboundId, since: new Date(at) }],
        skipDuplicates: true,
      });
    },

    async answersSince(since, sender, domain, caseId) {
      const [counted] = await tx.$queryRaw<Record<"sender" | "domain" | "case" | "global", number>[]>`
        SELECT count(*) FILTER (WHERE answers_to = ${sender.toLowerCase()})::int AS sender,
          count(*) FILTER (WHERE answers_domain = ${domain.toLowerCase()})::int AS domain,
          count(*) FILTER (WHERE case_id = ${caseId})::int AS "case", count(*)::int AS global
        FROM outbound_letters WHERE answers_to IS NOT NULL AND created_at > ${new Date(since)}`;
      return counted ?? { sender: 0, domain: 0, case: 0, global: 0 };
    },

    async lockAnswers() {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ANSWERS_LOCK}::bigint)`;
    },
  };
}

/** A row that this process takes up. */
export function taken(holder: number, at: Instant, leasedUntil: Instant) {
  return {
    ...{ state: "sending", attempts: { increment: 1 }, changedAt: new Date(at) },
    ...{ holder, leasedUntil: new Date(leasedUntil) },
  };
}

export function isLeased({ leasedUntil }: { leasedUntil: Date | null }, at: Instant): boolean {
  return leasedUntil !== null && leasedUntil.getTime() > Date.parse(at);
}

/** Of these processes, those that are alive: each holds a lock as long as it is (`presence.ts`). */
export async function living(
  tx: Prisma.TransactionClient,
  holders: readonly (number | null)[],
): Promise<Set<number>> {
  const asked = holders.filter((holder): holder is number => holder !== null && holder !== 0);
  if (asked.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ number: bigint }[]>`
    SELECT objid::bigint AS number FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = ${PROCESS_LOCK}
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  const alive = new Set(rows.map(({ number }) => Number(number)));
  return new Set(asked.filter((holder) => alive.has(holder)));
}

export function settled({ state, at, detail, retryAt }: DeliveryOutcome) {
  return {
    state,
    detail,
    changedAt: new Date(at),
    retryAt: retryAt === undefined ? null : new Date(retryAt),
  };
}

export function retryDate({ retryAt }: DeliveryOutcome): Date | undefined {
  return retryAt === undefined ? undefined : new Date(retryAt);
}

function domainOf(address: string | null): string | null {
  return address === null ? null : address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function toOutbound(row: OutboundLetter, refused: ReadonlySet<string>): OutboundRow {
  const { id, caseId, to, envelopeFrom, template, messageId, subject, detail } = row;
  return {
    ...{ id, caseId, to, envelopeFrom, template, messageId, subject, detail },
    sealedBytes: row.sealedBytes ?? new Uint8Array(),
    state: deliveryState.parse(row.state),
    attempt: row.attempts,
    createdAt: row.createdAt.toISOString(),
    doubtSince: row.doubtSince?.toISOString() ?? null,
    suppressed: refused.has(to.toLowerCase()),
  };
}
