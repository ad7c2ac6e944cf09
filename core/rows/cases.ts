import type { Case, SeenEntry, SenderTrust } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import type { GuaranteeNumber, Instant, ReceiptNumber } from "../terms.ts";

/** Cases, their guarantees and documents, as they are kept. */

export interface NewCase {
  id: string;
  receiptNumber: ReceiptNumber;
  openedAt: Instant;
  letterId: string;
  senderAddress: string;
  trust: SenderTrust;
  application: Case["application"];
  problems: Case["problems"];
  checks: Case["checks"];
  ordererId: string | null;
  contractorId: string | null;
  guarantees: Guarantee[];
}

export interface CaseRows {
  /** The next receipt number; without gaps, taken inside the transaction that opens the case. */
  nextReceiptNumber(): Promise<ReceiptNumber>;
  /** The next serial of a Japanese fiscal year (April to March); without gaps, starts at 1. */
  nextGuaranteeSerial(fiscalYear: number): Promise<number>;
  insertCase(newCase: NewCase): Promise<void>;
  caseByReceipt(receiptNumber: ReceiptNumber): Promise<Case | null>;
  caseByGuaranteeNumber(number: GuaranteeNumber): Promise<Case | null>;
  caseById(id: string): Promise<Case | null>;
  /** Locks the case's row until the transaction ends, then reads it. */
  lockCase(id: string): Promise<Case | null>;
  /** Writes changed guarantees (new certificate versions are appended) and counts the case's version up by one. */
  saveGuarantees(caseId: string, guarantees: readonly Guarantee[]): Promise<void>;
  /** Replaces application, problems, checks and registry links; counts the version up. */
  saveApplication(
    caseId: string,
    change: Pick<
      NewCase,
      "application" | "problems" | "checks" | "ordererId" | "contractorId" | "guarantees"
    >,
  ): Promise<void>;
  /** Cases with something left to do, oldest first, and when each last changed. */
  openCases(limit: number): Promise<Case[]>;
  /** The same, of one sender. */
  openCasesOf(senderAddress: string, limit: number): Promise<Case[]>;
  /** The sealed key of a guarantee, reserved with the number; one on paper has none. `sealedKeys` is one query. */
  saveKey(guaranteeId: string, sealedKey: Uint8Array): Promise<void>;
  sealedKeys(guaranteeIds: readonly string[]): Promise<Map<string, Uint8Array>>;
  saveDocument(document: NewDocument): Promise<void>;
  document(id: string): Promise<{ filename: string; sealed: boolean; bytes: Uint8Array } | null>;
  seenBy(caseId: string): Promise<SeenEntry[]>;
}

export interface NewDocument {
  id: string;
  guaranteeId: string;
  serial: number;
  kind: "certificate" | "notice";
  filename: string;
  /** True when `bytes` are sealed (a notice contains the key). */
  sealed: boolean;
  bytes: Uint8Array;
}
