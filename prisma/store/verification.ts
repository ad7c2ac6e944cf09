import { isIssued } from "../../core/guarantee/guarantee.ts";
import type { VerifiableGuarantee, VerificationRows } from "../../core/store.ts";
import type { Context } from "./context.ts";
import { GUARANTEE, toGuarantee } from "./rows.ts";

const ISSUED = ["in_force", "cancelled", "released"];

/** What verification looks up, in two queries however many numbers a letter holds. */
export function verificationRows({ tx }: Context): VerificationRows {
  /** Apart from the guarantees: a join would carry every PDF through JSON. */
  async function certificateFiles(ids: string[]): Promise<Map<string, VerifiableGuarantee["certificates"]>> {
    const rows = await tx.document.findMany({
      where: { guaranteeId: { in: ids }, kind: "certificate" },
      orderBy: { serial: "asc" },
    });
    const byGuarantee = Map.groupBy(rows, ({ guaranteeId }) => guaranteeId);
    return new Map(
      [...byGuarantee].map(([id, files]) => [
        id,
        files.map(({ id: documentId, serial, filename, bytes }) => ({ serial, documentId, filename, bytes })),
      ]),
    );
  }

  return {
    async issuedByNumbers(numbers) {
      const rows = await tx.guarantee.findMany({
        where: { number: { in: [...numbers] }, status: { in: ISSUED } },
        include: { ...GUARANTEE, key: true, case: { select: { ordererId: true } } },
      });
      const files = await certificateFiles(rows.map(({ id }) => id));
      return rows.flatMap((row) => {
        const guarantee = toGuarantee(row);
        if (!isIssued(guarantee)) return [];
        const { caseId, key } = row;
        const certificates = files.get(row.id) ?? [];
        return [
          { guarantee, caseId, ordererId: row.case.ordererId, sealedKey: key?.sealed ?? null, certificates },
        ];
      });
    },

    async failuresSince(numbers, since) {
      // Held until the step ends: letters read side by side cannot try one number more often than its budget allows.
      const sorted = [...numbers].sort();
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(n, 1)) FROM unnest(${sorted}::text[]) AS n`;
      const rows = await tx.verificationAttempt.groupBy({
        by: ["number"],
        where: { number: { in: [...numbers] }, failed: true, at: { gte: new Date(since) } },
        _count: true,
      });
      return new Map(rows.map((row) => [row.number, row._count]));
    },

    async saveAttempts(attempts) {
      const data = attempts.map(({ at, ...attempt }) => ({ ...attempt, at: new Date(at) }));
      await tx.verificationAttempt.createMany({ data });
    },

    async noteStranger(address, day) {
      const data = { address: address.toLowerCase(), day };
      const { count } = await tx.strangerTold.createMany({ data, skipDuplicates: true });
      return count === 1;
    },
  };
}
