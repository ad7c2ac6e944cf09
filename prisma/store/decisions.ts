import type { CaseRows } from "../../core/rows/cases.ts";
import type { Context } from "./context.ts";
import { json } from "./rows.ts";

type Decisions = Pick<CaseRows, "saveDecision" | "addTasks" | "completeTask" | "caseOfTask" | "verifiersOf">;

/** Decisions of checkers, what staff post, and who has seen a guarantee. */
export function decisionRows({ tx }: Context): Decisions {
  return {
    async saveDecision({ maker, checker, at, ...rest }) {
      await tx.decision.create({
        data: {
          ...{ ...rest, at: new Date(at), makerEmployee: maker.employee, makerName: maker.name },
          ...{ checkerEmployee: checker.employee, checkerName: checker.name },
        },
        select: { subject: true },
      });
    },

    async addTasks(caseId, tasks) {
      await tx.staffTask.createMany({
        data: tasks.map(({ id, guaranteeId, task, since }) => ({
          ...{ id, caseId, guaranteeId, task, since: new Date(since) },
        })),
      });
    },

    async completeTask(id, by, at) {
      const { count } = await tx.staffTask.updateMany({
        where: { id, doneAt: null },
        data: { doneAt: new Date(at), doneBy: json(by) },
      });
      return count === 1;
    },

    async caseOfTask(id) {
      const row = await tx.staffTask.findUnique({ where: { id }, select: { caseId: true } });
      return row?.caseId ?? null;
    },

    async verifiersOf(guaranteeId) {
      const rows = await tx.verificationAttempt.findMany({
        where: { guaranteeId, outcome: "confirmed", ordererId: { not: null } },
        select: { ordererId: true, address: true },
        distinct: ["ordererId", "address"],
        orderBy: [{ ordererId: "asc" }, { address: "asc" }],
      });
      return rows.flatMap(({ ordererId, address }) => (ordererId === null ? [] : [{ ordererId, address }]));
    },
  };
}
