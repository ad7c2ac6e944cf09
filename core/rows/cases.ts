import type { Case, SeenEntry, SenderTrust, StaffTask } from "../case.ts";
import type { Actor, ChangeKind, Guarantee } from "../guarantee/guarantee.ts";
import type { GuaranteeNumber, Instant, ReceiptNumber } from "../terms.ts";

/** Cases, their guarantees and documents, as they are kept. */

export interface NewCase {
  id: string;
  receiptNumber: ReceiptNumber;
  openedAt: Instant;
  origin: Case["origin"];
  letterId: string | null;
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
  /** Settles checks by a person; counts the version up. */
  saveReviews(caseId: string, reviews: Case["reviews"]): Promise<void>;
  /** Ends a case in which no product was asked for; counts the version up. */
  endCase(caseId: string, ended: NonNullable<Case["ended"]>): Promise<void>;
  /**
   * One decision of a checker about one version of a request: four eyes, held by the database too.
   * @throws when that version was decided before, or when maker and checker are one employee where two are wanted.
   */
  saveDecision(decision: Decision): Promise<void>;
  addTasks(caseId: string, tasks: readonly Omit<StaffTask, "kind" | "done">[]): Promise<void>;
  /** False when it was done before. */
  completeTask(taskId: string, by: Actor, at: Instant): Promise<boolean>;
  /** The case of a task; null when there is no such task. */
  caseOfTask(taskId: string): Promise<string | null>;
  /** Cases with something left to do, oldest first. */
  openCases(limit: number): Promise<Case[]>;
  /** The same, of one sender. */
  openCasesOf(senderAddress: string, limit: number): Promise<Case[]>;
  /** Cases in which all these words occur (works title or number, orderer, contractor, numbers), newest first. */
  searchCases(words: readonly string[], limit: number): Promise<Case[]>;
  /** Who has asked about a guarantee and was told that it is confirmed: each orderer and address once. */
  verifiersOf(guaranteeId: string): Promise<{ ordererId: string; address: string }[]>;
  /** The sealed key of a guarantee, reserved with the number; one on paper has none. `sealedKeys` is one query. */
  saveKey(guaranteeId: string, sealedKey: Uint8Array): Promise<void>;
  sealedKeys(guaranteeIds: readonly string[]): Promise<Map<string, Uint8Array>>;
  /** The notice of a guarantee as of the newest of these versions that has one, sealed. */
  noticeOf(
    guaranteeId: string,
    positions: readonly number[],
  ): Promise<{ filename: string; bytes: Uint8Array } | null>;
  /** The certificate of a version. */
  certificateOf(
    guaranteeId: string,
    position: number,
  ): Promise<{ filename: string; bytes: Uint8Array } | null>;
  saveDocument(document: NewDocument): Promise<void>;
  document(id: string): Promise<{ filename: string; sealed: boolean; bytes: Uint8Array } | null>;
  /** Which orderers have verified a guarantee of the case, newest first. */
  seenBy(caseId: string, limit: number): Promise<SeenEntry[]>;
}

export interface Decision {
  /** The guarantee. */
  subject: string;
  version: number;
  verdict: "approved" | "refused" | "taken_back";
  what: "issue" | ChangeKind;
  contentHash: string;
  maker: Actor;
  /** Who decided; a maker who takes his own request back, too. */
  checker: Actor;
  at: Instant;
  /** How many people an approval takes on this desk. */
  approvals: 1 | 2;
}

export interface NewDocument {
  id: string;
  guaranteeId: string;
  /** Of the certificate version that it belongs to. */
  position: number;
  kind: "certificate" | "notice";
  filename: string;
  /** True when `bytes` are sealed (a notice contains the key). */
  sealed: boolean;
  bytes: Uint8Array;
}
