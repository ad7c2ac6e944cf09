import { dayInTokyo } from "../dates.ts";
import { type IssuedGuarantee, isIssued, latestCertificate } from "../guarantee/guarantee.ts";
import type { Desk } from "../ports.ts";
import type { IssuedRow } from "../rows/reports.ts";
import type { Day, Instant } from "../terms.ts";
import { statusOn } from "./examine.ts";

/** The download of guarantee contract data (保証契約情報ダウンロード): all that was issued, never a key. */

/** Guarantees that are in memory at once: some megabytes. */
const PAGE = 1_000;

/** Columns in their order; headings stand in `templates/ja/export.json` under the same names. */
export const EXPORT_FIELDS = [
  "receiptNumber",
  "number",
  "product",
  "medium",
  "status",
  "amendmentSerial",
  "orderer",
  "ordererName",
  "contractor",
  "contractorName",
  "contractorAddress",
  "contractorRepresentative",
  "jointVentureName",
  "worksTitle",
  "worksNumber",
  "contractPriceYen",
  "fiscalYearYen",
  "guaranteedYen",
  "contractDate",
  "worksFrom",
  "worksUntil",
  "guaranteeUntil",
  "depositBank",
  "handlingBranch",
  "firstIssuedAt",
  "issuedAt",
  "feeYen",
  "feeSettlement",
  "feeSettledAt",
  "endedOn",
] as const;
export type ExportField = (typeof EXPORT_FIELDS)[number];
/** Codes, integer yen, days and moments as they are kept; words and notation are the writer's. */
export type ExportedGuarantee = Record<ExportField, string | number | null>;

/**
 * Every issued guarantee in order of its number, page by page, as it stands today. That somebody took the data out is
 * noted in the audit log before the first page.
 */
export async function* exportGuarantees(
  desk: Pick<Desk, "store" | "now">,
  format: string,
  page = PAGE,
): AsyncGenerator<ExportedGuarantee> {
  const at = desk.now();
  const today = dayInTokyo(at);
  await noteExport(desk, at, format);
  let after: string | null = null;
  for (;;) {
    const rows: IssuedRow[] = await desk.store.transact((tx) => tx.issuedAfter(after, page));
    for (const { guarantee, ...row } of rows) {
      if (!isIssued(guarantee)) continue;
      after = guarantee.number;
      yield exported(row, guarantee, today);
    }
    if (rows.length < page) return;
  }
}

async function noteExport({ store }: Pick<Desk, "store">, at: Instant, format: string): Promise<void> {
  const entry = { at, actor: { kind: "desk" as const }, caseId: null, guaranteeId: null };
  await store.transact((tx) =>
    tx.audit({ ...entry, action: "guarantees_exported", cause: "command", data: { format } }),
  );
}

function exported(
  { receiptNumber, orderer, contractor }: Omit<IssuedRow, "guarantee">,
  guarantee: IssuedGuarantee,
  today: Day,
): ExportedGuarantee {
  const latest = latestCertificate(guarantee);
  const { kind, ...content } = latest.content;
  const { feeYen, settlement } = guarantee.fee;
  return {
    ...{ receiptNumber, orderer, contractor, ...content },
    ...{ number: guarantee.number, product: kind, amendmentSerial: latest.serial },
    status: statusOn(guarantee, latest, today),
    firstIssuedAt: guarantee.certificates[0]?.issuedAt ?? latest.issuedAt,
    issuedAt: latest.issuedAt,
    ...{ feeYen, feeSettlement: settlement?.how ?? null, feeSettledAt: settlement?.at ?? null },
    endedOn: "on" in guarantee ? guarantee.on : null,
  };
}
