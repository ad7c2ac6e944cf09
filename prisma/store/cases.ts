import type { Case } from "../../core/case.ts";
import { waitsForApplicant } from "../../core/case-state.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import type { CaseRows } from "../../core/rows/cases.ts";
import type { Prisma } from "../generated/client.ts";
import { listRows, searchText } from "./case-lists.ts";
import type { Context } from "./context.ts";
import { decisionRows } from "./decisions.ts";
import { toCases } from "./read-cases.ts";
import { bytes, CASE, type CaseRow, certificateColumns, guaranteeColumns, json } from "./rows.ts";
import * as shape from "./shapes.ts";

/** Cases, their guarantees, certificate versions, sealed keys and documents. */
export function caseRows(context: Context): CaseRows {
  const { tx, now } = context;

  async function find(where: Prisma.CaseWhereUniqueInput): Promise<Case | null> {
    const row = await tx.case.findUnique({ where, include: CASE });
    return row === null ? null : one(row);
  }

  async function one(row: CaseRow): Promise<Case | null> {
    const [found = null] = await toCases(context, [row]);
    return found;
  }

  /** A row lock until the end of the transaction: a rollback gives the number back, so there are no gaps. */
  async function count(name: string): Promise<number> {
    const [row] = await tx.$queryRaw<{ value: bigint }[]>`
      INSERT INTO counters (name, value) VALUES (${name}, 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`;
    if (row === undefined) throw new Error(`counter ${name} gave nothing`);
    return Number(row.value);
  }

  async function countUp(id: string, data: Prisma.CaseUncheckedUpdateInput = {}): Promise<void> {
    await tx.case.update({
      where: { id },
      data: { ...data, version: { increment: 1 }, changedAt: new Date(now()) },
      select: { id: true },
    });
  }

  /** A product that ends or is accepted may take its question with it. */
  async function keepAsked(id: string): Promise<void> {
    const select = {
      asked: true,
      senderAddress: true,
      problems: true,
      guarantees: { select: { kind: true, status: true } },
    };
    const row = await tx.case.findUniqueOrThrow({ where: { id }, select });
    const asked = waitsForApplicant({
      senderAddress: row.senderAddress,
      problems: shape.problems.parse(row.problems),
      guarantees: row.guarantees.map(({ kind, status }) => ({
        kind: shape.guaranteeKind.parse(kind),
        status,
      })),
    });
    if (asked !== row.asked) await tx.case.update({ where: { id }, data: { asked }, select: { id: true } });
  }

  /** At most three guarantees a case: a statement each. Versions of a certificate are only ever added. */
  async function saveAll(caseId: string, guarantees: readonly Guarantee[]): Promise<void> {
    for (const guarantee of guarantees) {
      const columns = guaranteeColumns(guarantee);
      const { id } = guarantee;
      await tx.guarantee.upsert({
        where: { id, caseId },
        create: { ...columns, id, caseId },
        update: columns,
        select: { id: true },
      });
    }
    await saveVersions(certificateColumns(guarantees));
  }

  /** First those that end, then those that are new: of a serial one version holds at a time (the database sees to it). */
  async function saveVersions(versions: ReturnType<typeof certificateColumns>): Promise<void> {
    if (versions.length === 0) return;
    const guaranteeIds = [...new Set(versions.map(({ guaranteeId }) => guaranteeId))];
    const kept = await tx.certificateVersion.findMany({
      where: { guaranteeId: { in: guaranteeIds } },
      select: { guaranteeId: true, position: true, endedAt: true },
    });
    const known = new Map(kept.map((one) => [`${one.guaranteeId} ${one.position}`, one]));
    const fresh = versions.filter((one) => !known.has(`${one.guaranteeId} ${one.position}`));
    for (const { guaranteeId, position, endedHow, endedAt } of versions) {
      if (endedAt === null || known.get(`${guaranteeId} ${position}`)?.endedAt !== null) continue;
      const where = { guaranteeId_position: { guaranteeId, position } };
      await tx.certificateVersion.update({ where, data: { endedHow, endedAt }, select: { position: true } });
    }
    if (fresh.length > 0) await tx.certificateVersion.createMany({ data: fresh });
  }

  return {
    async nextReceiptNumber() {
      return `A-${String(await count("receipt")).padStart(6, "0")}`;
    },

    nextGuaranteeSerial(fiscalYear) {
      return count(`guarantee ${fiscalYear}`);
    },

    async insertCase(newCase) {
      const { guarantees, openedAt, application, problems, checks, ...rest } = newCase;
      await tx.case.create({
        data: {
          ...{ ...rest, openedAt: new Date(openedAt), application: json(application) },
          ...{ problems: problems.map(json), checks: checks.map(json) },
          ...{ changedAt: new Date(openedAt), search: searchText(application) },
          asked: waitsForApplicant(newCase),
        },
        select: { id: true },
      });
      await saveAll(newCase.id, guarantees);
    },

    caseByReceipt: (receiptNumber) => find({ receiptNumber }),
    caseById: (id) => find({ id }),

    async caseByGuaranteeNumber(number) {
      const row = await tx.guarantee.findUnique({ where: { number }, select: { case: { include: CASE } } });
      return row === null ? null : one(row.case);
    },

    async lockCase(id) {
      await tx.$queryRaw`SELECT id FROM cases WHERE id = ${id} FOR UPDATE`;
      return find({ id });
    },

    async saveGuarantees(caseId, guarantees) {
      await countUp(caseId);
      await saveAll(caseId, guarantees);
      await keepAsked(caseId);
    },

    async saveApplication(caseId, { application, problems, checks, ordererId, contractorId, guarantees }) {
      await countUp(caseId, {
        ...{ application: json(application), problems: problems.map(json), checks: checks.map(json) },
        ...{ ordererId, contractorId, search: searchText(application) },
      });
      // A product no longer asked for goes; one with a number, a key or a document is held fast by its foreign keys.
      const kept = guarantees.map(({ id }) => id);
      await tx.guarantee.deleteMany({ where: { caseId, number: null, id: { notIn: kept } } });
      await saveAll(caseId, guarantees);
      await keepAsked(caseId);
    },

    async saveReviews(caseId, reviews) {
      await countUp(caseId, { reviews: reviews.map(json) });
    },

    async endCase(caseId, ended) {
      await countUp(caseId, { ended: json(ended) });
    },

    ...listRows(context),
    ...decisionRows(context),

    async saveKey(guaranteeId, sealedKey) {
      // A key stays for the life of its guarantee: a second one is refused by the primary key.
      await tx.sealedKey.create({
        data: { guaranteeId, sealed: bytes(sealedKey) },
        select: { guaranteeId: true },
      });
    },

    async sealedKeys(guaranteeIds) {
      const rows = await tx.sealedKey.findMany({ where: { guaranteeId: { in: [...guaranteeIds] } } });
      return new Map(rows.map(({ guaranteeId, sealed }) => [guaranteeId, sealed]));
    },

    async saveDocument(document) {
      await tx.document.create({ data: { ...document, bytes: bytes(document.bytes) }, select: { id: true } });
    },

    document(id) {
      return tx.document.findUnique({ where: { id }, select: { filename: true, sealed: true, bytes: true } });
    },

    noticeOf: async (guaranteeId, positions) =>
      tx.document.findFirst({
        where: { guaranteeId, position: { in: [...positions] }, kind: "notice" },
        orderBy: { position: "desc" },
        select: { filename: true, bytes: true },
      }),

    certificateOf: async (guaranteeId, position) =>
      tx.document.findFirst({
        where: { guaranteeId, position, kind: "certificate" },
        select: { filename: true, bytes: true },
      }),

    async seenBy(caseId, limit) {
      const rows = await tx.$queryRaw<{ number: string; name: string; at: Date }[]>`
        SELECT g.number, o.certificate_name AS name, a.at
        FROM verification_attempts a
        JOIN guarantees g ON g.id = a.guarantee_id
        JOIN orderers o ON o.id = a.orderer_id
        WHERE g.case_id = ${caseId} AND a.outcome = 'confirmed'
        ORDER BY a.at DESC LIMIT ${limit}`;
      return rows.map(({ number, name, at }) => ({
        guaranteeNumber: number,
        ordererName: name,
        at: at.toISOString(),
      }));
    },
  };
}
