import { z } from "zod";
import { type CountedGroup, DIMENSIONS, type Figures, type Span } from "../../core/rows/reports.ts";
import type { Step } from "../step.ts";
import { midnight } from "./tokyo.ts";

/** The statistics, counted by the database: four statements, whatever the span. */

/** `$1`, `$2`: from and until as moments; `$3`, `$4`: as days. */
const EVENTS = `
  SELECT 'received' AS event, g.id, 0::bigint AS yen
  FROM guarantees g JOIN cases c ON c.id = g.case_id WHERE c.opened_at >= $1 AND c.opened_at < $2
  UNION ALL
  SELECT 'issued', v.guarantee_id, (v.content->>'guaranteedYen')::bigint
  FROM certificate_versions v WHERE v.position = 0 AND v.issued_at >= $1 AND v.issued_at < $2
  UNION ALL
  SELECT DISTINCT decided->>'status', decided->>'id', 0::bigint
  FROM audit_entries a CROSS JOIN LATERAL jsonb_array_elements(
    CASE jsonb_typeof(a.data->'guarantees') WHEN 'array' THEN a.data->'guarantees' ELSE '[]' END) AS decided
  WHERE a.action IN ('declined', 'withdrawn') AND a.at >= $1 AND a.at < $2
    AND decided->>'status' IN ('declined', 'withdrawn')
  UNION ALL
  SELECT 'cancelled', g.id, 0::bigint
  FROM guarantees g WHERE g.status = 'cancelled' AND g.ended_on >= $3 AND g.ended_on < $4`;

/** Towns of different prefectures share names: the prefecture stands before them. `$5`: groups of one dimension at most. */
const COUNTS = `
  WITH events AS (${EVENTS}),
  facts AS (
    SELECT e.event, e.yen, g.kind AS product,
      coalesce(v.content->>'handlingBranch', c.application->>'handlingBranch', o.branch) AS branch,
      coalesce(o.prefecture || o.name, c.application->>'ordererName') AS orderer,
      coalesce(v.content->>'medium', g.requested->>'form') AS medium
    FROM events e JOIN guarantees g ON g.id = e.id JOIN cases c ON c.id = g.case_id
    LEFT JOIN orderers o ON o.id = c.orderer_id
    LEFT JOIN certificate_versions v ON v.guarantee_id = g.id AND v.position = 0
  ),
  counted AS (
    SELECT of.dimension, of.name,
      count(*) FILTER (WHERE event = 'received') AS received, count(*) FILTER (WHERE event = 'issued') AS issued,
      sum(yen) AS yen, count(*) FILTER (WHERE event = 'declined') AS declined,
      count(*) FILTER (WHERE event = 'withdrawn') AS withdrawn, count(*) FILTER (WHERE event = 'cancelled') AS cancelled
    FROM facts CROSS JOIN LATERAL (VALUES ('all', NULL), ('branch', branch), ('product', product),
      ('orderer', orderer), ('medium', medium)) AS of(dimension, name)
    GROUP BY of.dimension, of.name
  ),
  ranked AS (
    SELECT *, row_number() OVER (PARTITION BY dimension ORDER BY issued DESC, received DESC, name) > $5 AS small
    FROM counted
  )
  SELECT dimension, CASE WHEN NOT small THEN name END AS name,
    CASE WHEN small THEN count(*)::int ELSE 0 END AS rest, sum(received)::int AS received, sum(issued)::int AS issued,
    sum(yen)::float8 AS "issuedYen", sum(declined)::int AS declined, sum(withdrawn)::int AS withdrawn,
    sum(cancelled)::int AS cancelled
  FROM ranked GROUP BY dimension, small, CASE WHEN NOT small THEN name END
  ORDER BY dimension, small, issued DESC, received DESC, name`;

const TIMES = `
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS median,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY hours) AS p90
  FROM (SELECT (extract(epoch FROM v.issued_at - c.opened_at) / 3600)::float8 AS hours
    FROM certificate_versions v JOIN guarantees g ON g.id = v.guarantee_id JOIN cases c ON c.id = g.case_id
    WHERE v.position = 0 AND v.issued_at >= $1 AND v.issued_at < $2) AS waited`;

const CASES = "SELECT count(*)::int AS count FROM cases WHERE opened_at >= $1 AND opened_at < $2";

/** An accepted product waits for its fee until that is settled (`core/case-state.ts`). */
const WAITING = `
  SELECT CASE WHEN g.status = 'accepted' AND coalesce(g.fee->'settlement', 'null') = 'null' THEN 'fee_awaited'
      ELSE g.status END AS state, count(*)::int AS count, min(c.opened_at) AS oldest
  FROM guarantees g JOIN cases c ON c.id = g.case_id
  WHERE g.status IN ('applied', 'returned', 'accepted', 'awaiting_approval') GROUP BY 1`;

const count = z.int().nonnegative();
const counts = {
  ...{
    received: count,
    issued: count,
    issuedYen: z.int(),
    declined: count,
    withdrawn: count,
    cancelled: count,
  },
};
const group = z.object({ dimension: z.string(), name: z.string().nullable(), rest: count, ...counts });
const waiting = z.object({
  state: z.enum(["applied", "returned", "fee_awaited", "accepted", "awaiting_approval"]),
  count,
  oldest: z.date(),
});

const NOTHING = { received: 0, issued: 0, issuedYen: 0, declined: 0, withdrawn: 0, cancelled: 0 };

export async function figures(sql: Step["sql"], { from, until }: Span, groupsMax: number): Promise<Figures> {
  const moments = [midnight(from), midnight(until)];
  const [counted, [times], [cases], waits] = await Promise.all([
    sql(COUNTS, [...moments, from, until, groupsMax]),
    sql<{ median: number | null; p90: number | null }>(TIMES, moments),
    sql<{ count: number }>(CASES, moments),
    sql(WAITING),
  ]);
  const rows = counted.map((row) => group.parse(row));
  const {
    dimension: _,
    name: __,
    rest: ___,
    ...all
  } = rows.find(({ dimension }) => dimension === "all") ?? {
    ...{ dimension: "all", name: null, rest: 0 },
    ...NOTHING,
  };
  const groups = DIMENSIONS.flatMap((dimension) =>
    rows.flatMap((row): CountedGroup[] => (row.dimension === dimension ? [{ ...row, dimension }] : [])),
  );
  const waitingNow = waits.map((row) => waiting.parse(row));
  const oldest = Math.min(...waitingNow.map((one) => one.oldest.getTime()));
  const { median = null, p90 = null } = times ?? {};
  return {
    ...{ cases: cases?.count ?? 0, all, groups },
    hoursToIssue: median === null || p90 === null ? null : { median, p90 },
    waiting: waitingNow.map(({ state, count: products }) => ({ state, count: products })),
    oldestWaiting: waitingNow.length === 0 ? null : new Date(oldest).toISOString(),
  };
}
