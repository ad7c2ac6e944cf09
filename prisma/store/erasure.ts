import type { PersonErased, UpkeepRows } from "../../core/rows/upkeep.ts";
import type { Day, Instant } from "../../core/terms.ts";
import { Prisma } from "../generated/client.ts";

/**
 * Time to live of letters. What goes are bytes and subjects; a letter's place, content mark and fate stay, so that it is
 * never taken for a new one. Certificates, notices and keys are no letters: they stay as long as anybody may ask for them.
 */

type Tx = Prisma.TransactionClient;
const { sql } = Prisma;

/** Letters that somebody still has to do something about. */
const IN_UNDER_WAY = sql`(l.state = 'parked' OR l.state = 'stored' AND l.answerable)`;
const OUT_UNDER_WAY = sql`o.state IN ('pending', 'sending', 'ambiguous', 'parked')`;

/** Nothing is left to do in the case on this day: every guarantee has ended, by a decision or by its 保証期限, or the
 * case did that never had one. */
function closed(caseId: Prisma.Sql, today: Day): Prisma.Sql {
  return sql`((EXISTS (SELECT FROM guarantees g WHERE g.case_id = ${caseId})
      OR EXISTS (SELECT FROM cases c WHERE c.id = ${caseId} AND c.ended IS NOT NULL))
    AND NOT EXISTS (SELECT FROM guarantees g WHERE g.case_id = ${caseId}
      AND g.status NOT IN ('declined', 'withdrawn', 'cancelled', 'released')
      AND NOT (g.status = 'in_force' AND g.until < ${today})))`;
}

/** Closed, and quiet since then: no entry in the audit log and no guarantee's end later than that. */
function closedSince(caseId: Prisma.Sql, before: Instant, beforeDay: Day): Prisma.Sql {
  return sql`(${closed(caseId, beforeDay)}
    AND NOT EXISTS (SELECT FROM guarantees g WHERE g.case_id = ${caseId} AND g.until >= ${beforeDay})
    AND NOT EXISTS (SELECT FROM audit_entries a WHERE a.case_id = ${caseId} AND a.at >= ${new Date(before)}
      AND a.action NOT IN ('letter_viewed', 'story_viewed', 'case_viewed', 'guarantee_viewed')))`;
}

export async function eraseBefore(
  tx: Tx,
  { before, beforeDay, canariesBefore, at, limit }: Parameters<UpkeepRows["eraseLettersBefore"]>[0],
): Promise<number> {
  const [then, canaries, now] = [before, canariesBefore, at].map((instant) => new Date(instant));
  const ofClosed = (caseId: Prisma.Sql) => closedSince(caseId, before, beforeDay);
  const received = await tx.$executeRaw`
    UPDATE letters SET sealed_raw = NULL, subject = NULL, evidence = NULL, authentication_results = NULL, erased_at = ${now}
    WHERE id IN (SELECT l.id FROM letters l
      WHERE l.sealed_raw IS NOT NULL AND NOT ${IN_UNDER_WAY}
        AND (l.received_at < ${then} AND (l.case_id IS NULL OR ${ofClosed(sql`l.case_id`)})
          OR l.received_at < ${canaries} AND l.reason = 'own_letter' AND EXISTS (
            SELECT FROM outbound_letters o WHERE o.message_id = l.message_id AND o.template = 'canary'))
      ORDER BY l.received_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  const sent = await tx.$executeRaw`
    UPDATE outbound_letters SET sealed_bytes = NULL, subject = '', erased_at = ${now}
    WHERE id IN (SELECT o.id FROM outbound_letters o
      WHERE o.sealed_bytes IS NOT NULL AND NOT (${OUT_UNDER_WAY})
        AND (o.created_at < ${then} AND (o.case_id IS NULL OR ${ofClosed(sql`o.case_id`)})
          OR o.created_at < ${canaries} AND o.template = 'canary')
      ORDER BY o.created_at LIMIT ${Math.max(limit - received, 0)} FOR UPDATE SKIP LOCKED)`;
  return received + sent;
}

export async function erasePerson(
  tx: Tx,
  address: string,
  today: Day,
  at: Instant,
  limit: number,
): Promise<PersonErased> {
  const who = address.toLowerCase();
  const now = new Date(at);
  const from = sql`(lower(l.sender) = ${who} OR lower(l.from_address) = ${who})`;
  const to = sql`lower(o.recipient) = ${who}`;
  const free = (caseId: Prisma.Sql) => sql`(${caseId} IS NULL OR ${closed(caseId, today)})`;
  const received = await tx.$executeRaw`
    UPDATE letters SET sealed_raw = NULL, subject = NULL, evidence = NULL, authentication_results = NULL, message_id = NULL,
      sender = NULL, from_address = NULL, erased_at = coalesce(erased_at, ${now})
    WHERE id IN (SELECT l.id FROM letters l
      WHERE ${from} AND NOT ${IN_UNDER_WAY} AND ${free(sql`l.case_id`)} LIMIT ${limit} FOR UPDATE)`;
  const sent = await tx.$executeRaw`
    UPDATE outbound_letters SET sealed_bytes = NULL, subject = '', recipient = '', answers_to = NULL,
      answers_domain = NULL, erased_at = coalesce(erased_at, ${now})
    WHERE id IN (SELECT o.id FROM outbound_letters o
      WHERE ${to} AND NOT (${OUT_UNDER_WAY}) AND ${free(sql`o.case_id`)} LIMIT ${limit} FOR UPDATE)`;
  await tx.strangerTold.deleteMany({ where: { address: who } });
  const [kept] = await tx.$queryRaw<{ open: number; underWay: number }[]>`
    SELECT count(*) FILTER (WHERE NOT under_way)::int AS open, count(*) FILTER (WHERE under_way)::int AS "underWay"
    FROM (SELECT ${IN_UNDER_WAY} AS under_way FROM letters l
        WHERE ${from} AND (${IN_UNDER_WAY} OR NOT ${free(sql`l.case_id`)})
      UNION ALL SELECT ${OUT_UNDER_WAY} FROM outbound_letters o
        WHERE ${to} AND (${OUT_UNDER_WAY} OR NOT ${free(sql`o.case_id`)})) AS left_over`;
  return {
    erased: received + sent,
    keptForOpenCases: kept?.open ?? 0,
    keptUnderWay: kept?.underWay ?? 0,
  };
}
