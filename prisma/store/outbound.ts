import type {
  Claim,
  DeliveryOutcome,
  DeliveryState,
  LetterOutcome,
  OutboundRow,
  OutboxRows,
} from "../../core/rows/outbox.ts";
import type { Instant } from "../../core/terms.ts";
import type { OutboundLetter, Prisma } from "../generated/client.ts";
import { PROCESS_LOCK } from "../presence.ts";
import type { Context } from "./context.ts";
import { plainBytes } from "./rows.ts";
import { sentRows } from "./sent-letters.ts";
import { deliveryState } from "./shapes.ts";

type OutboundRows = Omit<
  OutboxRows,
  "addSlack" | "claimSlack" | "rootAwaited" | "settleSlack" | "rootMessage" | "addIssueJob"
>;

const SUPPRESSED = "SELECT address FROM suppressed_addresses WHERE address = ANY($1)";
const ADD = `
  INSERT INTO outbound_letters (id, cause, template, case_id, message_id, subject, envelope_from, sealed_bytes, state,
    created_at, changed_at, recipient, answers_to, answers_domain)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING id`;
const CLAIM = `
  UPDATE outbound_letters SET state = 'sending', attempts = attempts + 1, changed_at = $2, holder = $3, leased_until = $4
  WHERE id = ANY($1) AND state = 'pending'
  RETURNING id, case_id AS "caseId", recipient AS "to", envelope_from AS "envelopeFrom", template,
    message_id AS "messageId", subject, detail, sealed_bytes AS "sealedBytes", state, attempts,
    created_at AS "createdAt", leased_until AS "leasedUntil", doubt_since AS "doubtSince"`;
/** Of a parked row it may still be learnt that it was sent. Doubt begins once and ends with any other outcome. */
const SETTLE = `
  UPDATE outbound_letters o SET state = $3, changed_at = $4, detail = $5, retry_at = $6, holder = NULL,
    leased_until = CASE WHEN $3::text = 'ambiguous' THEN leased_until END,
    doubt_since = CASE WHEN $3::text = 'ambiguous' THEN coalesce(doubt_since, $4) END
  FROM (SELECT id, state FROM outbound_letters WHERE id = $1 AND attempts = $2 FOR UPDATE) AS was
  WHERE o.id = was.id
    AND (was.state IN ('sending', 'ambiguous') OR ($3::text = 'sent' AND was.state IN ('parked', 'pending')))
  RETURNING was.state AS was`;
const ANSWERS = `
  SELECT count(*) FILTER (WHERE answers_to = $1)::int AS sender,
    count(*) FILTER (WHERE answers_domain = $2)::int AS domain,
    count(*) FILTER (WHERE case_id = $3)::int AS "case", count(*)::int AS global
  FROM outbound_letters WHERE answers_to IS NOT NULL AND created_at > $4`;

type ClaimedRow = Pick<
  OutboundLetter,
  | (
      | "id"
      | "caseId"
      | "to"
      | "envelopeFrom"
      | "template"
      | "messageId"
      | "subject"
      | "detail"
      | "sealedBytes"
    )
  | ("state" | "attempts" | "createdAt" | "doubtSince" | "leasedUntil")
>;

/** One at a time counts answers near a cap. */
const ANSWERS_LOCK = 72707372;

/** Letters that leave: at most one attempt at a time, held by a lease, and its outcome written once. */
export function outboundRows(context: Context): OutboundRows {
  const { tx, sql, later, enqueue, holder, audit } = context;

  async function suppressed(rows: readonly Pick<OutboundLetter, "to">[]): Promise<Set<string>> {
    const addresses = rows.map(({ to }) => to.toLowerCase());
    const found = await sql<{ address: string }>(SUPPRESSED, [addresses]);
    return new Set(found.map((row) => row.address));
  }

  async function settle(outcome: LetterOutcome): Promise<DeliveryState | null> {
    const { id, attempt, state, at, detail, retryAt } = outcome;
    const [written] = await sql<{ was: string }>(SETTLE, [id, attempt, state, at, detail, retryAt ?? null]);
    if (written === undefined) return null;
    if (state === "pending" || state === "ambiguous") enqueue("mail.send", id, retryDate(outcome));
    return deliveryState.parse(written.was);
  }

  return {
    ...sentRows(context),

    async addLetter({ cause, caseId, to, content, answers }, sealedBytes, composed, at, entry) {
      const { id, messageId, subject, envelopeFrom } = composed;
      const whose = [to, answers?.toLowerCase() ?? null, domainOf(answers)];
      const letter = [id, cause, content.template, caseId, messageId, subject, envelopeFrom, sealedBytes, at];
      // Its place among the entries is taken at once: nobody waits for the outbox to tell whether the letter is new.
      if (entry !== undefined) audit.push(entry);
      later(ADD, [...letter, ...whose], (rows) => {
        if (rows.length === 1) enqueue("mail.send", id);
        else if (entry !== undefined) audit.splice(audit.indexOf(entry), 1);
      });
    },

    async claimLetters(ids, at, leasedUntil) {
      const mine = await sql<ClaimedRow>(CLAIM, [[...ids], at, holder, leasedUntil]);
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

    async reclaimLetter(id, attempt, at, leasedUntil) {
      const { count } = await tx.outboundLetter.updateMany({
        where: { id, state: "ambiguous", attempts: attempt },
        data: { ...taken(holder, at, leasedUntil), doubtSince: null },
      });
      return count === 1;
    },

    async settleLetters(outcomes) {
      return Promise.all(outcomes.map(settle));
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
      const [counted] = await sql<Record<"sender" | "domain" | "case" | "global", number>>(ANSWERS, [
        ...[sender.toLowerCase(), domain.toLowerCase(), caseId, since],
      ]);
      return counted ?? { sender: 0, domain: 0, case: 0, global: 0 };
    },

    async answeredWith(template, to, since) {
      const where = { template, to, createdAt: { gte: new Date(since) } };
      return (await tx.outboundLetter.findFirst({ where, select: { id: true } })) !== null;
    },

    async lockAnswers() {
      await sql("SELECT pg_advisory_xact_lock($1)", [ANSWERS_LOCK]);
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

export function retryDate({ retryAt }: DeliveryOutcome): Date | undefined {
  return retryAt === undefined ? undefined : new Date(retryAt);
}

function domainOf(address: string | null): string | null {
  return address === null ? null : address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function toOutbound(row: ClaimedRow, refused: ReadonlySet<string>): OutboundRow {
  const { id, caseId, to, envelopeFrom, template, messageId, subject, detail } = row;
  return {
    ...{ id, caseId, to, envelopeFrom, template, messageId, subject, detail },
    sealedBytes: plainBytes(row.sealedBytes ?? new Uint8Array()),
    state: deliveryState.parse(row.state),
    attempt: row.attempts,
    leasedUntil: row.leasedUntil?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    doubtSince: row.doubtSince?.toISOString() ?? null,
    suppressed: refused.has(to.toLowerCase()),
  };
}
