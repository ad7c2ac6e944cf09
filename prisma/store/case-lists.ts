import type { Case } from "../../core/case.ts";
import type { CaseRows } from "../../core/rows/cases.ts";
import type { Application } from "../../core/terms.ts";
import { foldForComparison } from "../../core/text.ts";
import { Prisma } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { literally } from "./like.ts";
import { toCases } from "./read-cases.ts";
import { CASE } from "./rows.ts";

/** Lists of cases. Each is three statements however long it is: which cases, those cases whole, their letters out. */

const { sql } = Prisma;

/** Something is left to do: a product waits for somebody, a change for its checker, something for the post. */
const LEFT_TO_DO = sql`
  SELECT case_id AS id FROM guarantees WHERE status IN ('applied', 'returned', 'accepted', 'awaiting_approval')
  UNION SELECT case_id FROM guarantees WHERE change IS NOT NULL
  UNION SELECT case_id FROM staff_tasks WHERE done_at IS NULL
  UNION SELECT id FROM cases c WHERE ended IS NULL AND NOT EXISTS (SELECT FROM guarantees g WHERE g.case_id = c.id)`;

/** The same for staff: a letter of the case did not arrive, too. Of that the applicant, who asks how it stands, learns nothing. */
const LEFT_TO_US = sql`${LEFT_TO_DO}
  UNION SELECT case_id FROM outbound_letters WHERE state IN ('parked', 'refused') AND case_id IS NOT NULL`;

/** What a case is found by, folded as what is typed is. */
export function searchText(application: Application): string {
  const { worksTitle, worksNumber, ordererName, contractorName, jointVentureName } = application;
  return [worksTitle, worksNumber, ordererName, contractorName, jointVentureName]
    .map((text) => foldForComparison(text ?? ""))
    .join("\n");
}

type Lists = Pick<CaseRows, "openCases" | "openCasesOf" | "searchCases">;

export function listRows(context: Context): Lists {
  const { tx } = context;

  /** The cases with these ids, in their order. */
  async function whole(ids: readonly { id: string }[]): Promise<Case[]> {
    const rows = await tx.case.findMany({ where: { id: { in: ids.map(({ id }) => id) } }, include: CASE });
    const byId = new Map((await toCases(context, rows)).map((one) => [one.id, one]));
    return ids.flatMap(({ id }) => byId.get(id) ?? []);
  }

  return {
    async openCases(limit) {
      return whole(
        await tx.$queryRaw<{ id: string }[]>`
        SELECT c.id FROM cases c JOIN (${LEFT_TO_US}) AS left_to_do ON left_to_do.id = c.id
        ORDER BY c.opened_at, c.receipt_number LIMIT ${limit}`,
      );
    },

    async openCasesOf(senderAddress, limit) {
      return whole(
        await tx.$queryRaw<{ id: string }[]>`
        SELECT c.id FROM cases c WHERE c.sender_address = ${senderAddress} AND c.id IN (${LEFT_TO_DO})
        ORDER BY c.opened_at, c.receipt_number LIMIT ${limit}`,
      );
    },

    async searchCases(words, limit) {
      const found = words.map((word) => {
        const anywhere = `%${literally(foldForComparison(word))}%`;
        const number = `%${literally(word.normalize("NFKC").toUpperCase())}%`;
        return sql`(c.search LIKE ${anywhere} OR c.receipt_number LIKE ${number} OR EXISTS (
          SELECT FROM guarantees g WHERE g.case_id = c.id AND g.number LIKE ${number}))`;
      });
      if (found.length === 0) return [];
      return whole(
        await tx.$queryRaw<{ id: string }[]>`
        SELECT c.id FROM cases c WHERE ${Prisma.join(found, " AND ")}
        ORDER BY c.opened_at DESC, c.receipt_number DESC LIMIT ${limit}`,
      );
    },
  };
}
