import { isIssued } from "../../core/guarantee/guarantee.ts";
import type { VerifiableGuarantee, VerificationRows } from "../../core/rows/verification.ts";
import type { Context } from "./context.ts";
import { type GuaranteeRow, plainBytes, toGuarantee } from "./rows.ts";

const ISSUED = "('in_force', 'cancelled', 'released')";
const GUARANTEES = `
  SELECT g.id, g.case_id AS "caseId", g.kind, g.status, g.number, g.requested, g.fee, g.request, g.approval, g.reason,
    g.ended_on AS "endedOn", g.change, g.until, c.orderer_id AS "ordererId", k.sealed,
    (SELECT json_agg(json_build_object('position', v.position, 'serial', v.serial, 'content', v.content,
      'issuedAt', v.issued_at, 'heldFrom', v.held_from, 'endedHow', v.ended_how, 'endedAt', v.ended_at)
      ORDER BY v.position) FROM certificate_versions v WHERE v.guarantee_id = g.id) AS versions
  FROM guarantees g JOIN cases c ON c.id = g.case_id LEFT JOIN sealed_keys k ON k.guarantee_id = g.id
  WHERE g.number = ANY($1) AND g.status IN ${ISSUED}`;
/** Apart from the guarantees: every row of theirs would carry all PDFs. */
const FILES = `
  SELECT d.guarantee_id AS "guaranteeId", d.id AS "documentId", d.position, d.filename, d.bytes
  FROM documents d JOIN guarantees g ON g.id = d.guarantee_id
  WHERE g.number = ANY($1) AND g.status IN ${ISSUED} AND d.kind = 'certificate' ORDER BY d.position`;
/** Held until the step ends: letters read side by side cannot try one number more often than its budget allows. */
const LOCK_NUMBERS = "SELECT pg_advisory_xact_lock(hashtextextended(n, 1)) FROM unnest($1::text[]) AS n";
const FAILURES = `
  SELECT number, count(*)::int AS failures FROM verification_attempts
  WHERE number = ANY($1) AND failed AND at >= $2 GROUP BY number`;
const SAVE_ATTEMPTS = `
  INSERT INTO verification_attempts (id, at, letter_id, address, orderer_id, number, outcome, failed, guarantee_id)
  SELECT id, at, "letterId", address, "ordererId", number, outcome, failed, "guaranteeId"
  FROM json_to_recordset($1::json) AS attempt (id text, at timestamptz, "letterId" text, address text,
    "ordererId" text, number text, outcome text, failed boolean, "guaranteeId" text)`;

type IssuedRow = Omit<GuaranteeRow, "certificates"> & {
  caseId: string;
  ordererId: string | null;
  sealed: Uint8Array | null;
  versions: StoredVersion[] | null;
};
/** A version as JSON gives it: moments are texts. */
type StoredVersion = Omit<
  GuaranteeRow["certificates"][number],
  "guaranteeId" | "issuedAt" | "heldFrom" | "endedAt"
> & { issuedAt: string; heldFrom: string; endedAt: string | null };
type FileRow = VerifiableGuarantee["certificates"][number] & { guaranteeId: string };

/** What verification looks up, in the same few statements however many numbers a letter holds. */
export function verificationRows({ tx, sql, later }: Context): VerificationRows {
  return {
    async issuedByNumbers(numbers) {
      const [rows, files] = await Promise.all([
        sql<IssuedRow>(GUARANTEES, [[...numbers]]),
        sql<FileRow>(FILES, [[...numbers]]),
      ]);
      const filesOf = Map.groupBy(files, ({ guaranteeId }) => guaranteeId);
      return rows.flatMap(({ versions, caseId, ordererId, sealed, ...row }) => {
        const certificates = (versions ?? []).map((version) => ({
          ...version,
          guaranteeId: row.id,
          issuedAt: new Date(version.issuedAt),
          heldFrom: new Date(version.heldFrom),
          endedAt: version.endedAt === null ? null : new Date(version.endedAt),
        }));
        const guarantee = toGuarantee({ ...row, caseId, certificates });
        if (!isIssued(guarantee)) return [];
        const documents = (filesOf.get(row.id) ?? []).map(({ position, documentId, filename, bytes }) => ({
          ...{ position, documentId, filename },
          bytes: plainBytes(bytes),
        }));
        const sealedKey = sealed === null ? null : plainBytes(sealed);
        return [{ guarantee, caseId, ordererId, sealedKey, certificates: documents }];
      });
    },

    async lockNumber(number) {
      await sql(LOCK_NUMBERS, [[number]]);
    },

    async failuresSince(numbers, since) {
      const sorted = [...numbers].sort();
      const [, rows] = await Promise.all([
        sql(LOCK_NUMBERS, [sorted]),
        // Made after the lock is held: it sees what the holder before had committed.
        sql<{ number: string; failures: number }>(FAILURES, [sorted, since]),
      ]);
      return new Map(rows.map(({ number, failures }) => [number, failures]));
    },

    async saveAttempts(attempts) {
      later(SAVE_ATTEMPTS, [JSON.stringify(attempts)]);
    },

    async noteStranger(address, day) {
      const data = { address: address.toLowerCase(), day };
      const { count } = await tx.strangerTold.createMany({ data, skipDuplicates: true });
      return count === 1;
    },
  };
}
