import { dayInTokyo } from "../dates.ts";
import { foldAuthKey } from "../guarantee/auth-key.ts";
import {
  type CertificateVersion,
  holding,
  type IssuedGuarantee,
  latestCertificate,
} from "../guarantee/guarantee.ts";
import type { Sealer } from "../ports.ts";
import type { Orderer, Registered } from "../registry.ts";
import type { VerifiableGuarantee } from "../rows/verification.ts";
import type { Day, VerificationQuery } from "../terms.ts";
import { foldForComparison } from "../text.ts";
import type { AnsweredStatus, VerificationAnswer } from "../verification/answer.ts";
import { compareFigures } from "../verification/compare.ts";
import { examine, outcomeOf } from "../verification/findings.ts";
import { FAILURE_WINDOW_MINUTES } from "../verification/limits.ts";
import { mayAsk } from "../verification/mailboxes.ts";
import type { LetterAtWork } from "./receive.ts";

/** One query with what came of it. */
export interface Examined {
  query: VerificationQuery;
  answer: VerificationAnswer;
  /** The issued guarantee, only when confirmed. */
  confirmed: VerifiableGuarantee | null;
  /** The certificate version that the answer speaks of. */
  version: CertificateVersion | null;
  /** A pair that was looked up and is wrong: it counts against the number. */
  failed: boolean;
}

/** All queries of a letter with one look-up and one count, whatever their number. */
export async function examineAll(
  work: LetterAtWork,
  orderers: readonly Registered<Orderer>[],
): Promise<Examined[]> {
  const { desk, tx, reading, at } = work;
  const numbers = [...new Set(reading.queries.flatMap((q) => q.number ?? []))];
  const since = new Date(Date.parse(at) - FAILURE_WINDOW_MINUTES * 60_000).toISOString();
  // Looked up once the numbers are locked: whatever changes a guarantee tells those who have seen it, under the same lock.
  const [failures, rows] = await Promise.all([tx.failuresSince(numbers, since), tx.issuedByNumbers(numbers)]);
  const issued = new Map(rows.map((row) => [row.guarantee.number, row]));
  return reading.queries.map((query) => {
    const number = query.number ?? "";
    const one = examineOne(
      work,
      query,
      issued.get(number) ?? null,
      orderers,
      failures.get(number) ?? 0,
      desk.policy.verifyFailuresMax,
    );
    // Several wrong pairs for one number in one letter use up its budget one by one.
    if (one.failed) failures.set(number, (failures.get(number) ?? 0) + 1);
    return one;
  });
}

function examineOne(
  { desk, from, at }: LetterAtWork,
  query: VerificationQuery,
  row: VerifiableGuarantee | null,
  orderers: readonly Registered<Orderer>[],
  failures: number,
  failuresMax: number,
): Examined {
  const none = {
    status: null,
    amendmentSerial: null,
    comparison: [],
    certificate: null,
    otherGuarantor: null,
  };
  const base = { number: query.number, asOf: query.asOf, ...none };
  if (query.guarantor !== null && !sameName(query.guarantor, desk.policy.guarantor.name)) {
    const answer = { ...base, outcome: "not_confirmed" as const, otherGuarantor: query.guarantor };
    return { query, answer, confirmed: null, version: null, failed: false };
  }
  // A guarantee on paper has no key: nobody can ask for it here, it is as unknown as any other number.
  const found =
    row === null || row.sealedKey === null
      ? null
      : {
          key: unsealKey(desk.sealer, row.sealedKey),
          ownOrderer: orderers.some(
            (o) => o.id === row.ordererId && mayAsk(o, from, row.guarantee.kind, dayInTokyo(at)),
          ),
        };
  const outcome = outcomeOf(examine(query, found, failures, failuresMax));
  if (outcome !== "confirmed" || row === null)
    return {
      ...{ query, answer: { ...base, outcome }, confirmed: null, version: null },
      failed: outcome === "not_confirmed",
    };
  const version = versionOn(row.guarantee, query.asOf);
  const shown = version ?? latestCertificate(row.guarantee);
  const answer: VerificationAnswer = {
    ...base,
    outcome,
    status: version === null ? null : statusOn(row.guarantee, shown, query.asOf ?? dayInTokyo(at)),
    amendmentSerial: shown.serial,
    comparison: compareFigures(query.figures, shown.content),
    certificate: {
      kind: shown.content.kind,
      worksTitle: shown.content.worksTitle,
      contractorName: shown.content.contractorName,
      guaranteeUntil: shown.content.guaranteeUntil,
    },
  };
  return { query, answer, confirmed: row, version: shown, failed: false };
}

/** The key, or `null` when it cannot be unsealed: then we could not check, which is not "wrong". */
function unsealKey(sealer: Sealer, sealed: Uint8Array): string | null {
  try {
    return foldAuthKey(new TextDecoder().decode(sealer.unseal(sealed)));
  } catch {
    return null;
  }
}

function sameName(a: string, b: string): boolean {
  return foldForComparison(a) === foldForComparison(b);
}

/** The version that held on a day; `null` when nothing was issued yet on it. Without a day: the latest. */
export function versionOn(guarantee: IssuedGuarantee, day: Day | null): CertificateVersion | null {
  if (day === null) return latestCertificate(guarantee);
  // What was corrected or withdrawn never held for anybody outside.
  return holding(guarantee).findLast((version) => dayInTokyo(version.heldFrom) <= day) ?? null;
}

/** 保証期限 is the last day of the promise: *expired* begins the day after it and is never stored. */
export function statusOn(guarantee: IssuedGuarantee, version: CertificateVersion, day: Day): AnsweredStatus {
  if (guarantee.status !== "in_force" && day >= guarantee.on) return guarantee.status;
  return day > version.content.guaranteeUntil ? "expired" : "in_force";
}
