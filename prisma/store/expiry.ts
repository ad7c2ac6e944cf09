import { type ExpiryRows, expiryCause } from "../../core/rows/expiry.ts";
import type { Context } from "./context.ts";

/** Told is what has its line in the thread; those lines are never erased, and their cause has an index. */
const UNTOLD = `
  SELECT g.id AS "guaranteeId", g.case_id AS "caseId" FROM guarantees g
  WHERE g.status = 'in_force' AND g.until BETWEEN $1 AND $2 AND NOT EXISTS (
    SELECT FROM slack_messages s WHERE s.kind = 'thread' AND s.cause = replace(replace($4, '$id', g.id), '$until', g.until))
  ORDER BY g.until, g.id LIMIT $3`;

export function expiryRows({ sql }: Context): ExpiryRows {
  return {
    async expiringUntold(from, until, limit) {
      return sql(UNTOLD, [from, until, limit, expiryCause("$id", "$until")]);
    },
  };
}
