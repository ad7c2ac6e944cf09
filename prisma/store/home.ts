import { z } from "zod";
import type { Case } from "../../core/case.ts";
import type { Standing } from "../../core/case-state.ts";
import { FATE_KNOWN } from "../../core/desk/recover.ts";
import { type CaseQuestion, type HomeRows, reminderCause } from "../../core/rows/home.ts";
import { Prisma } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { toCases } from "./read-cases.ts";
import { CASE } from "./rows.ts";
import { midnight } from "./tokyo.ts";

/**
 * Work lists and the numbers of the home tab. Any number of lists is two steps: which cases, in one statement, and those
 * cases whole. What waits is found by the index of its status, never by walking through what is in force.
 */
const { sql } = Prisma;
type Sql = Prisma.Sql;

/** JSON's own null means none, as the column's does. */
const isNone = (column: Sql) => sql`coalesce(${column}, 'null') = 'null'`;

/** `core/case-state.ts` `standingOf`, said in SQL. */
const STANDS: Readonly<Record<Standing, Sql>> = {
  applied: sql`g.status = 'applied'`,
  returned: sql`g.status = 'returned'`,
  fee_awaited: sql`g.status = 'accepted' AND ${isNone(sql`g.fee->'settlement'`)}`,
  accepted: sql`g.status = 'accepted' AND NOT ${isNone(sql`g.fee->'settlement'`)}`,
  awaiting_approval: sql`g.status = 'awaiting_approval' AND g.approval IS NULL`,
  drawing: sql`g.status = 'awaiting_approval' AND g.approval IS NOT NULL`,
  in_force: sql`g.status = 'in_force' AND g.change IS NULL`,
  change_asked: sql`g.change IS NOT NULL AND ${isNone(sql`g.change->'approval'`)}`,
  changing: sql`g.change IS NOT NULL AND NOT ${isNone(sql`g.change->'approval'`)}`,
  cancelled: sql`g.status = 'cancelled'`,
  released: sql`g.status = 'released'`,
  declined: sql`g.status = 'declined'`,
  withdrawn: sql`g.status = 'withdrawn'`,
};

/** Where the maker of what waits for a checker stands. */
const MAKER: Readonly<Partial<Record<Standing, Sql>>> = {
  awaiting_approval: sql`g.request->'maker'->>'employee'`,
  change_asked: sql`g.change->'maker'->>'employee'`,
};

const HAVING = {
  amendment: sql`EXISTS (SELECT FROM certificate_versions v
    WHERE v.guarantee_id = g.id AND v.serial > 0 AND v.ended_how IS NULL)`,
  key: sql`g.requested->>'form' = 'electronic'`,
} as const;

const TO_POST = sql`SELECT case_id AS id FROM staff_tasks WHERE done_at IS NULL`;
const UNDELIVERED = sql`SELECT case_id AS id FROM outbound_letters
  WHERE state IN ('parked', 'refused') AND case_id IS NOT NULL`;
const WITHOUT_PRODUCT = sql`SELECT n.id FROM cases n WHERE n.ended IS NULL
  AND NOT EXISTS (SELECT FROM guarantees g WHERE g.case_id = n.id)`;

/** The applicant has no question to answer first. */
const NOT_ASKED = sql` AND NOT EXISTS (SELECT FROM cases a WHERE a.id = g.case_id AND a.asked)`;

/** Something is left to happen; what is in force and expires by itself is not. */
const WAITING: readonly Standing[] = [
  ...(["applied", "returned", "fee_awaited", "accepted", "awaiting_approval", "drawing"] as const),
  ...(["change_asked", "changing"] as const),
];

/** The ids that a question finds, in its order (`place`). */
function idsFor(question: CaseQuestion, limit: number): Sql {
  switch (question.about) {
    case "posts":
      return sql`SELECT case_id AS id, row_number() OVER (ORDER BY min(since), case_id) AS place
        FROM staff_tasks WHERE done_at IS NULL GROUP BY case_id ORDER BY place LIMIT ${limit}`;
    case "expiry":
      return sql`SELECT g.case_id AS id, row_number() OVER (ORDER BY min(g.until), g.case_id) AS place
        FROM guarantees g WHERE g.status = 'in_force' AND g.until BETWEEN ${question.from} AND ${question.until}
        GROUP BY g.case_id ORDER BY place LIMIT ${limit}`;
    case "work": {
      const order = question.order === "longest" ? sql`c.changed_at, c.id` : sql`c.changed_at DESC, c.id`;
      return sql`SELECT c.id, row_number() OVER (ORDER BY ${order}) AS place
        FROM cases c WHERE c.id IN (${Prisma.join(sources(question), " UNION ALL ")}) ORDER BY place LIMIT ${limit}`;
    }
  }
}

function sources(question: Extract<CaseQuestion, { about: "work" }>): Sql[] {
  const { asked, having, notMadeBy, standings, toPost, undelivered, withoutProduct } = question;
  const found = standings.map((standing) => {
    const maker = MAKER[standing];
    const others = notMadeBy === null || maker === undefined ? sql`` : sql` AND ${maker} <> ${notMadeBy}`;
    const that = having === null ? sql`` : sql` AND ${HAVING[having]}`;
    const ours = asked || standing !== "applied" ? sql`` : NOT_ASKED;
    return sql`SELECT g.case_id AS id FROM guarantees g WHERE ${STANDS[standing]}${others}${that}${ours}`;
  });
  if (toPost) found.push(TO_POST);
  if (undelivered) found.push(UNDELIVERED);
  if (withoutProduct) found.push(asked ? WITHOUT_PRODUCT : sql`${WITHOUT_PRODUCT} AND NOT n.asked`);
  // A list must not be empty.
  return found.length === 0 ? [sql`SELECT NULL::text AS id WHERE FALSE`] : found;
}

const counts = z.object({
  ...{ parkedIn: z.int(), parkedOut: z.int(), unsure: z.int() },
  ...{ received: z.int(), issued: z.int(), declined: z.int() },
});

/**
 * `$1`, `$2`: the span as moments; `$3`: reasons of a letter that certainly did not arrive. Each number is counted along
 * an index.
 */
const COUNTS = `
  SELECT
    (SELECT count(*) FROM letters WHERE state = 'parked')::int AS "parkedIn",
    (SELECT count(*) FROM outbound_letters WHERE state IN ('parked', 'refused'))::int AS "parkedOut",
    (SELECT count(*) FROM outbound_letters
      WHERE state = 'ambiguous' OR (state = 'parked'
        AND coalesce(substring(detail FROM '^[a-z_]+'), '') <> ALL ($3)))::int AS unsure,
    (SELECT count(*) FROM cases WHERE opened_at >= $1 AND opened_at < $2)::int AS received,
    (SELECT count(*) FROM certificate_versions
      WHERE position = 0 AND issued_at >= $1 AND issued_at < $2)::int AS issued,
    (SELECT count(DISTINCT decided->>'id') FROM audit_entries a CROSS JOIN LATERAL jsonb_array_elements(
      CASE jsonb_typeof(a.data->'guarantees') WHEN 'array' THEN a.data->'guarantees' ELSE '[]' END) AS decided
      WHERE a.action = 'declined' AND a.at >= $1 AND a.at < $2)::int AS declined`;

export function homeRows(context: Context): HomeRows {
  const { tx, sql: send } = context;
  return {
    async casesFor(questions, limit) {
      if (questions.length === 0) return [];
      const lists = questions.map(
        (question, list) =>
          sql`SELECT ${list}::int AS list, id, place FROM (${idsFor(question, limit)}) AS l${Prisma.raw(String(list))}`,
      );
      const found = await tx.$queryRaw<{ list: number; id: string }[]>`
        ${Prisma.join(lists, " UNION ALL ")} ORDER BY list, place`;
      const ids = [...new Set(found.map(({ id }) => id))];
      const rows =
        ids.length === 0 ? [] : await tx.case.findMany({ where: { id: { in: ids } }, include: CASE });
      const byId = new Map<string, Case>((await toCases(context, rows)).map((one) => [one.id, one]));
      return questions.map((_, list) =>
        found.flatMap((one) => (one.list === list ? (byId.get(one.id) ?? []) : [])),
      );
    },

    async deskCounts({ from, until }) {
      const [row] = await send(COUNTS, [midnight(from), midnight(until), FATE_KNOWN]);
      return counts.parse(row);
    },

    async casesToRemind(unchangedSince, limit) {
      const waiting: CaseQuestion = {
        ...{ about: "work", standings: WAITING, notMadeBy: null, having: null, order: "longest" },
        asked: true,
        ...{ withoutProduct: true, toPost: true, undelivered: false },
      };
      // A letter that came back this morning has not waited long, however old its case is.
      const since = new Date(unchangedSince);
      const idle = [...sources(waiting), sql`${UNDELIVERED} AND changed_at <= ${since}`];
      return tx.$queryRaw<{ id: string; version: number }[]>`
        SELECT c.id, c.version FROM cases c
        WHERE c.changed_at <= ${since}
          AND c.id IN (${Prisma.join(idle, " UNION ALL ")})
          AND NOT EXISTS (SELECT FROM slack_messages m
            WHERE m.cause = 'reminder:' || c.id || ':' || c.version AND m.kind = 'thread')
        ORDER BY c.changed_at LIMIT ${limit}`;
    },

    async wasReminded(idle) {
      const where = { cause_kind: { cause: reminderCause(idle), kind: "thread" } };
      return (await tx.slackMessage.findUnique({ where, select: { id: true } })) !== null;
    },
  };
}
