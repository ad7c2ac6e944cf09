import { CANARY_DUTY } from "../../core/desk/upkeep.ts";
import type { UpkeepRows } from "../../core/rows/upkeep.ts";
import type { Context } from "./context.ts";
import { eraseBefore, erasePerson } from "./erasure.ts";
import { bytes, json } from "./rows.ts";

const DAY_MS = 86_400_000;

/** What keeps the desk itself in order. */
export function upkeepRows({ tx }: Context): UpkeepRows {
  return {
    async vitals(at) {
      const now = new Date(at);
      const [row] = await tx.$queryRaw<Record<string, number | null>[]>`
        SELECT
          (SELECT extract(epoch FROM ${now}::timestamptz - min(received_at))::int FROM letters
            WHERE state = 'stored' AND answerable) AS "oldestUnfinishedLetter",
          (SELECT count(*)::int FROM letters WHERE state = 'parked') AS "parkedLetters",
          (SELECT extract(epoch FROM ${now}::timestamptz - ("left"->>'backAt')::timestamptz)::int FROM duties
            WHERE name = ${CANARY_DUTY}) AS "canaryAge",
          outbound.*, parked.*, slack.*
        FROM (SELECT
            extract(epoch FROM ${now}::timestamptz - min(created_at))::int AS "oldestOutbound",
            count(*)::int AS "pendingOutbound",
            count(*) FILTER (WHERE state = 'ambiguous')::int AS ambiguous
          FROM outbound_letters WHERE state IN ('pending', 'sending', 'ambiguous')) AS outbound,
          (SELECT count(*)::int AS "parkedOutbound" FROM outbound_letters WHERE state IN ('parked', 'refused')) AS parked,
          (SELECT extract(epoch FROM ${now}::timestamptz - min(CASE kind WHEN 'card' THEN changed_at ELSE created_at END))::int
              AS "oldestSlack"
            FROM slack_messages WHERE state IN ('pending', 'sending', 'ambiguous')) AS slack`;
      return {
        oldestUnfinishedLetter: row?.oldestUnfinishedLetter ?? null,
        parkedLetters: row?.parkedLetters ?? 0,
        oldestOutbound: row?.oldestOutbound ?? null,
        pendingOutbound: row?.pendingOutbound ?? 0,
        ambiguous: row?.ambiguous ?? 0,
        parkedOutbound: row?.parkedOutbound ?? 0,
        oldestSlack: row?.oldestSlack ?? null,
        canaryAge: row?.canaryAge ?? null,
      };
    },

    async discrepancies(before) {
      const limit = new Date(before);
      // What was given up cannot be mended any more: it is told of once, by the day's count.
      const dayBefore = new Date(limit.getTime() - DAY_MS);
      const [row] = await tx.$queryRaw<Record<string, number>[]>`
        SELECT
          (SELECT count(*)::int FROM letters
            WHERE state = 'stored' AND answerable AND received_at < ${limit}) AS "unfinishedLetters",
          (SELECT count(*)::int FROM letters
            WHERE state = 'answered' AND finished_at < ${limit} AND NOT EXISTS (
              SELECT FROM outbound_letters o WHERE o.cause = 'letter:' || letters.id)) AS "answeredWithoutLetter",
          (SELECT count(*)::int FROM outbound_letters
            WHERE state IN ('pending', 'sending', 'ambiguous')
              AND greatest(changed_at, retry_at, leased_until) < ${limit}) AS "unsettledOutbound",
          (SELECT count(*)::int FROM slack_messages
            WHERE (state IN ('pending', 'sending', 'ambiguous')
                AND CASE kind WHEN 'card' THEN changed_at ELSE created_at END < ${limit})
              OR (state = 'parked' AND changed_at < ${limit} AND changed_at >= ${dayBefore})) AS "untoldSlack"`;
      return {
        unfinishedLetters: row?.unfinishedLetters ?? 0,
        answeredWithoutLetter: row?.answeredWithoutLetter ?? 0,
        unsettledOutbound: row?.unsettledOutbound ?? 0,
        untoldSlack: row?.untoldSlack ?? 0,
      };
    },

    async sentBetween(from, until, limit) {
      const rows = await tx.outboundLetter.findMany({
        where: { state: "sent", changedAt: { gte: new Date(from), lt: new Date(until) } },
        orderBy: { changedAt: "desc" },
        take: limit,
        select: { messageId: true },
      });
      return rows.map(({ messageId }) => messageId);
    },

    async knownHeaderKeys(keys) {
      const where = { headerKey: { in: [...keys] } };
      const rows = await tx.letter.findMany({ where, select: { headerKey: true } });
      return new Set(rows.map(({ headerKey }) => headerKey));
    },

    async offices() {
      const rows = await tx.$queryRaw<{ name: string; epoch: bigint; beatAge: number }[]>`
        SELECT name, epoch, extract(epoch FROM clock_timestamp() - beat_at)::int AS "beatAge" FROM offices ORDER BY name`;
      return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
    },

    async newestSealed() {
      const row = await tx.letter.findFirst({
        where: { sealedRaw: { not: null } },
        orderBy: { serial: "desc" },
        select: { sealedRaw: true },
      });
      return row?.sealedRaw ?? null;
    },

    async takeDuty(name, at, notSince) {
      const count = await tx.$executeRaw`
        INSERT INTO duties (name, at, "left") VALUES (${name}, ${new Date(at)}, '{}')
        ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at WHERE duties.at <= ${new Date(notSince)}`;
      return count === 1;
    },

    async giveBackDuty(name, at) {
      await tx.duty.updateMany({ where: { name, at: new Date(at) }, data: { at: new Date(0) } });
    },

    async duty(name) {
      const [row] = await tx.$queryRaw<{ at: Date; left: Record<string, unknown> }[]>`
        SELECT at, "left" FROM duties WHERE name = ${name} FOR UPDATE`;
      return row === undefined ? null : { at: row.at.toISOString(), left: row.left };
    },

    async leaveDuty(name, left) {
      await tx.duty.updateMany({ where: { name }, data: { left: json(left) } });
    },

    async keptToken(account, configured) {
      const row = await tx.keptToken.findUnique({ where: { account } });
      return row === null || row.configured !== configured ? null : row.sealed;
    },

    async keepToken(account, configured, sealed, at) {
      const data = { configured, sealed: bytes(sealed), keptAt: new Date(at) };
      await tx.keptToken.upsert({ where: { account }, create: { account, ...data }, update: data });
    },

    eraseLettersBefore: (term) => eraseBefore(tx, term),
    eraseLettersOf: (address, today, at, limit) => erasePerson(tx, address, today, at, limit),
  };
}
