import type { Case } from "../../core/case.ts";
import type { Context } from "./context.ts";
import { type CaseRow, toCase } from "./rows.ts";

/** Letters of a case that did not arrive (`parked`, `refused`) and are neither sent again nor closed by a person. */
const UNDELIVERED = `
  SELECT case_id AS id, count(*)::int AS count, min(changed_at) AS since FROM outbound_letters
  WHERE case_id = ANY($1) AND state IN ('parked', 'refused') GROUP BY case_id`;

/** Rows as cases, in their order. What was not delivered is one statement more, however many cases they are. */
export async function toCases({ sql }: Pick<Context, "sql">, rows: readonly CaseRow[]): Promise<Case[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const found = await sql<{ id: string; count: number; since: Date }>(UNDELIVERED, [ids]);
  const byId = new Map(found.map((one) => [one.id, one]));
  return rows.map((row) => {
    const letters = byId.get(row.id);
    return toCase(
      row,
      letters === undefined ? null : { count: letters.count, since: letters.since.toISOString() },
    );
  });
}
