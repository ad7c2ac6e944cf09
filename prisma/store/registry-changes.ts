import { z } from "zod";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import type { ChangeContent, RegistryChange, RegistryChangeRows } from "../../core/rows/registry.ts";
import type { RegistryChange as Row } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { json } from "./rows.ts";

/** Proposals to change a registry, and what its entries were before. */

const content: z.ZodType<ChangeContent> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("contractor"), before: contractorSchema.nullable(), after: contractorSchema }),
  z.object({
    ...{ kind: z.literal("mailbox"), prefecture: z.string(), ordererName: z.string() },
    mailbox: ordererSchema.shape.mailboxes.unwrap().element,
  }),
]);
const registry = z.enum(["contractor", "orderer"]);
const state = z.enum(["open", "confirmed", "refused", "withdrawn", "replaced"]);
const approvals = z.union([z.literal(1), z.literal(2)]);

/** Until the step ends; 2 keeps these apart from the locks of verification. */
const LOCK_SUBJECT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 2))";

export function registryChangeRows({ tx, sql }: Context): RegistryChangeRows {
  return {
    async lockSubject(subject) {
      await sql(LOCK_SUBJECT, [subject]);
    },

    async addRegistryChange(change) {
      const { subject, maker } = change;
      const latest = await tx.registryChange.aggregate({ where: { subject }, _max: { version: true } });
      const row = await tx.registryChange.create({
        data: {
          ...{ id: change.id, registry: change.registry, subject, entryId: change.entryId },
          version: (latest._max.version ?? 0) + 1,
          ...{ content: json(change.content), contentHash: change.contentHash },
          ...{ makerEmployee: maker.employee, makerName: maker.name },
          ...{ proposedAt: new Date(change.proposedAt), state: "open", approvals: change.approvals },
        },
      });
      return toChange(row);
    },

    async registryChange(id) {
      const row = await tx.registryChange.findUnique({ where: { id } });
      return row === null ? null : toChange(row);
    },

    async openRegistryChangeOf(subject) {
      const row = await tx.registryChange.findFirst({ where: { subject, state: "open" } });
      return row === null ? null : toChange(row);
    },

    async openRegistryChangesOf(subjects) {
      if (subjects.length === 0) return [];
      const rows = await tx.registryChange.findMany({
        where: { subject: { in: [...subjects] }, state: "open" },
      });
      return rows.map(toChange);
    },

    async decideRegistryChange(id, { checker, at, entryId, ...decided }) {
      const { count } = await tx.registryChange.updateMany({
        where: { id, state: "open" },
        data: {
          ...{ ...decided, decidedAt: new Date(at), entryId },
          ...{ checkerEmployee: checker.employee, checkerName: checker.name },
        },
      });
      return count === 1;
    },

    async openRegistryChanges(limit) {
      const orderBy = [{ proposedAt: "asc" as const }, { id: "asc" as const }];
      const rows = await tx.registryChange.findMany({ where: { state: "open" }, orderBy, take: limit });
      return rows.map(toChange);
    },

    async decidedRegistryChanges(entryId, limit) {
      const rows = await tx.registryChange.findMany({
        where: { entryId, state: { not: "open" } },
        orderBy: [{ decidedAt: "desc" }, { version: "desc" }],
        take: limit,
      });
      return rows.map(toChange);
    },

    async contractorHistory(id, limit) {
      const rows = await tx.registryHistory.findMany({
        where: { entryId: id, registry: "contractor" },
        orderBy: { id: "desc" },
        take: limit,
      });
      return rows.map(({ replacedAt, before }) => ({
        replacedAt: replacedAt.toISOString(),
        before: contractorSchema.strip().parse(before),
      }));
    },
  };
}

function toChange(row: Row): RegistryChange {
  const { id, subject, version, entryId, contentHash, makerEmployee, makerName, reason } = row;
  const { checkerEmployee, checkerName } = row;
  return {
    ...{ id, subject, version, entryId, contentHash, reason },
    registry: registry.parse(row.registry),
    content: content.parse(row.content),
    maker: { employee: makerEmployee, name: makerName },
    proposedAt: row.proposedAt.toISOString(),
    state: state.parse(row.state),
    checker:
      checkerEmployee === null || checkerName === null
        ? null
        : { employee: checkerEmployee, name: checkerName },
    decidedAt: row.decidedAt?.toISOString() ?? null,
    approvals: approvals.parse(row.approvals),
  };
}
