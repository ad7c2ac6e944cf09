import { z } from "zod";
import type { ReportRows, StoryLine } from "../../core/rows/reports.ts";
import type { Context } from "./context.ts";
import { figures } from "./figures.ts";
import { GUARANTEE, toGuarantee } from "./rows.ts";
import { deliveryState, guaranteeKind } from "./shapes.ts";

const text = z.string();
const at = text.transform((written) => new Date(written).toISOString());
const letterEntry = z.object({ serial: z.int(), hash: text, cause: text }).nullable();
const actor = z.union([
  z.object({ kind: z.literal("staff"), actor: z.object({ employee: text, name: text }) }),
  z.object({ kind: z.literal("sender"), address: text }),
  z.object({ kind: z.literal("desk") }),
]);

/** A line as the query below puts it together, whatever table it comes from. */
const storyLine: z.ZodType<StoryLine> = z.discriminatedUnion("what", [
  z.object({
    ...{ what: z.literal("entry"), at, serial: z.int(), hash: text, kind: guaranteeKind.nullable() },
    ...{ actor, action: text, cause: text, data: z.record(text, z.unknown()) },
  }),
  z.object({
    ...{ what: z.literal("letter_out"), at, template: text, to: text },
    ...{ state: z.union([deliveryState, z.literal("missing")]), stateAt: at, entry: letterEntry },
  }),
  z.object({
    ...{ what: z.literal("verified"), at, number: text, ordererName: text, address: text },
    entry: letterEntry,
  }),
]);

const ENTRY = "jsonb_build_object('serial', a.serial, 'hash', a.hash, 'cause', a.cause)";

/**
 * One query a page: entries, letters out and confirmed verifications, side by side in the order of time. The order has no
 * ties (a change is told to several at one moment): a page must not repeat a line of the one before, or lose one.
 * A letter is told by its entry, which nobody can change, and by its row how far it came; one from before letters had
 * entries by its row alone. Who was erased from the row is not named from the entry.
 */
const STORY = `
  SELECT line || jsonb_build_object('at', at) AS line, count(*) OVER ()::int AS total
  FROM (
    SELECT a.at, 0 AS source, a.serial AS place, jsonb_build_object('what', 'entry', 'serial', a.serial, 'hash', a.hash,
      'kind', g.kind, 'actor', a.actor, 'action', a.action, 'cause', a.cause, 'data', a.data) AS line
    FROM audit_entries a LEFT JOIN guarantees g ON g.id = a.guarantee_id
    WHERE a.case_id = $1 AND a.action <> 'letter_written'
    UNION ALL
    SELECT a.at, 1, a.serial, jsonb_build_object('what', 'letter_out', 'template', a.data->>'template',
      'to', CASE o.recipient WHEN '' THEN '' ELSE a.data->>'to' END, 'state', coalesce(o.state, 'missing'),
      'stateAt', coalesce(o.changed_at, a.at), 'entry', ${ENTRY})
    FROM audit_entries a LEFT JOIN outbound_letters o ON o.id = a.data->>'outboundId'
    WHERE a.case_id = $1 AND a.action = 'letter_written'
    UNION ALL
    SELECT o.created_at, 1, 0, jsonb_build_object('what', 'letter_out', 'template', o.template, 'to', o.recipient,
      'state', o.state, 'stateAt', o.changed_at, 'entry', NULL)
    FROM outbound_letters o
    WHERE o.case_id = $1 AND NOT EXISTS (SELECT FROM audit_entries a
      WHERE a.case_id = $1 AND a.action = 'letter_written' AND a.data->>'outboundId' = o.id)
    UNION ALL
    SELECT v.at, 2, 0, jsonb_build_object('what', 'verified', 'number', v.number, 'address', v.address,
      'ordererName', coalesce(o.certificate_name, ''), 'entry', (SELECT ${ENTRY} FROM audit_entries a
        WHERE a.action = 'letter_written' AND a.at = v.at AND split_part(a.cause, ':', 2) = v.letter_id
          AND a.data->'confirmed' ? v.number
        ORDER BY a.serial LIMIT 1))
    FROM verification_attempts v JOIN guarantees g ON g.id = v.guarantee_id
    LEFT JOIN orderers o ON o.id = v.orderer_id
    WHERE g.case_id = $1 AND v.outcome = 'confirmed'
  ) AS story
  ORDER BY story.at, source, place, line->>'template', line->>'to', line->>'number', line->>'address'
  OFFSET $2 LIMIT $3`;

/** What is read back of the desk's work as a whole. */
export function reportRows({ tx, sql }: Context): ReportRows {
  return {
    async storyOf(caseId, offset, limit) {
      const rows = await sql<{ line: unknown; total: number }>(STORY, [caseId, offset, limit]);
      return { lines: rows.map(({ line }) => storyLine.parse(line)), total: rows[0]?.total ?? 0 };
    },

    async auditHead() {
      const row = await tx.auditEntry.findFirst({
        orderBy: { serial: "desc" },
        select: { serial: true, hash: true },
      });
      return row === null ? null : { serial: Number(row.serial), hash: row.hash };
    },

    async auditedSince() {
      const row = await tx.auditEntry.findFirst({ orderBy: { serial: "asc" }, select: { at: true } });
      return row?.at.toISOString() ?? null;
    },

    async auditHash(serial) {
      const row = await tx.auditEntry.findUnique({
        where: { serial: BigInt(serial) },
        select: { hash: true },
      });
      return row?.hash ?? null;
    },

    async issuedAfter(after, limit) {
      const rows = await tx.guarantee.findMany({
        where: {
          number: { not: null, ...(after === null ? {} : { gt: after }) },
          certificates: { some: {} },
        },
        orderBy: { number: "asc" },
        take: limit,
        include: {
          ...GUARANTEE,
          case: {
            select: {
              receiptNumber: true,
              orderer: { select: { prefecture: true, name: true } },
              contractor: { select: { name: true } },
            },
          },
        },
      });
      return rows.map((row) => {
        const { receiptNumber, orderer, contractor } = row.case;
        return {
          receiptNumber,
          orderer: orderer === null ? null : `${orderer.prefecture}${orderer.name}`,
          contractor: contractor?.name ?? null,
          guarantee: toGuarantee(row),
        };
      });
    },

    figures: (span, groupsMax) => figures(sql, span, groupsMax),
  };
}
