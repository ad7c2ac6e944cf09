import type { SlackPost } from "./announcements.ts";
import type { Case, SeenEntry, SenderTrust } from "./case.ts";
import type { Actor, Guarantee, IssuedGuarantee } from "./guarantee/guarantee.ts";
import type { ComposedLetter, OutgoingLetter } from "./letters.ts";
import type { Contractor, Orderer, Registered } from "./registry.ts";
import type { GuaranteeNumber, Instant, LetterKind, ReceiptNumber } from "./terms.ts";

/** What is kept, as plain rows and values; `prisma/store` implements it. */

/** Where everything is kept. One `transact` is one step: state, audit, outbox rows and jobs together or not at all. */
export interface Store {
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface Transaction extends LetterRows, CaseRows, RegistryRows, OutboxRows, VerificationRows {
  audit(entry: AuditEntry): Promise<void>;
  /** When this database first served a desk; `now` at the very first call. */
  firstStart(now: Instant): Promise<Instant>;
}

export interface AuditEntry {
  at: Instant;
  /** Who: a member of staff, a sender, or the desk itself. */
  actor: { kind: "staff"; actor: Actor } | { kind: "sender"; address: string } | { kind: "desk" };
  /** What, as a code: `case_opened`, `accepted`, `issued`, `key_sent`, `verified`, … */
  action: string;
  caseId: string | null;
  guaranteeId: string | null;
  /** The letter, command or job that caused it. */
  cause: string;
  /** Before/after and other facts as JSON; never a key. */
  data: Record<string, unknown>;
}

/** Where a letter lay: (mailbox, UIDVALIDITY, UID) names it for ever (RFC 9051 §2.3.1.1). */
export interface LetterPlace {
  mailbox: string;
  uidValidity: bigint;
  uid: number;
}

export interface ArrivedLetter {
  place: LetterPlace;
  receivedAt: Instant;
  /** SHA-256 (hex) of the letter without its transport headers: the same letter delivered twice has the same. */
  contentKey: string;
  /** The raw bytes, sealed; null when the letter was too large to fetch (then only its header). */
  sealedRaw: Uint8Array;
  size: number;
  /** True for a letter whose body was not fetched because of its size. */
  oversize: boolean;
  /** False for letters that arrived before MAIL_GO_LIVE: stored, never answered. */
  answerable: boolean;
}

export type LetterState = "stored" | "answered" | "noted" | "for_staff" | "not_answered" | "parked";

export interface StoredLetter {
  id: string;
  receivedAt: Instant;
  sealedRaw: Uint8Array;
  size: number;
  oversize: boolean;
  answerable: boolean;
  state: LetterState;
  attempts: number;
  kind: LetterKind | null;
  fromAddress: string | null;
  subject: string | null;
  caseId: string | null;
}

/** What became of a letter. */
export interface LetterVerdict {
  state: Exclude<LetterState, "stored">;
  kind: LetterKind | null;
  fromAddress: string | null;
  subject: string | null;
  messageId: string | null;
  /** The topmost Authentication-Results of our border server, kept as evidence (RFC 8601 §4.1). */
  authenticationResults: string | null;
  trust: SenderTrust;
  caseId: string | null;
  /** Code of why it was not answered or goes to staff; worded in templates/ja/slack.json. */
  reason: string | null;
}

export interface LetterRows {
  /**
   * Stores a letter before anything is thought and enqueues `mail.read` for it (unless it is a duplicate or not
   * answerable). `duplicate`: this place was recorded before, or the same content was (then nothing is enqueued).
   */
  recordLetter(letter: ArrivedLetter): Promise<{ id: string; duplicate: boolean }>;
  /** Every UID of the mailbox that was recorded under this UIDVALIDITY. */
  recordedUids(mailbox: string, uidValidity: bigint): Promise<Set<number>>;
  /** Counts the attempt; committed before the letter is parsed. */
  beginLetter(id: string): Promise<StoredLetter | null>;
  letter(id: string): Promise<StoredLetter | null>;
  finishLetter(id: string, verdict: LetterVerdict): Promise<void>;
}

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

export interface RegistryRows {
  orderers(): Promise<Registered<Orderer>[]>;
  contractors(): Promise<Registered<Contractor>[]>;
  /** The orderer by the name an application gives: its name or its name on certificates, compared folded. */
  ordererNamed(foldedName: string): Promise<Registered<Orderer>[]>;
  contractorNamed(foldedName: string): Promise<Registered<Contractor> | null>;
  /** Orderers with a confirmed mailbox for this address or its domain. */
  orderersAtAddress(address: string): Promise<Registered<Orderer>[]>;
  /** True when the address is a contractor's or a confirmed mailbox (or in the domain of one) of an orderer. */
  isRegisteredAddress(address: string): Promise<boolean>;
  /** Whole files at once: few statements however many entries. No entry may stand twice. */
  replaceOrderers(orderers: readonly Orderer[], at: Instant): Promise<void>;
  replaceContractors(contractors: readonly Contractor[], at: Instant): Promise<void>;
}

/** Sending is at most once: a row found `sending` was interrupted and goes to staff, never blindly out again. */
export type DeliveryState = "pending" | "sending" | "sent" | "refused" | "parked";

export interface OutboundRow {
  id: string;
  caseId: string | null;
  to: string;
  template: string;
  messageId: string;
  sealedBytes: Uint8Array;
  state: DeliveryState;
  attempts: number;
  createdAt: Instant;
}

export interface SlackRow {
  id: string;
  post: SlackPost;
  state: DeliveryState;
  attempts: number;
  channel: string | null;
  /** Slack's timestamp once posted; of the root message for a card. */
  ts: string | null;
}

export interface OutboxRows {
  /** Adds the finished letter and its `mail.send` job; does nothing when (cause, template) was sent before. */
  addLetter(
    letter: OutgoingLetter,
    sealedBytes: Uint8Array,
    composed: ComposedLetter,
    at: Instant,
  ): Promise<void>;
  /** Marks the row `sending` and returns it as it was before; null when there is no such row. */
  claimLetter(id: string, at: Instant): Promise<OutboundRow | null>;
  settleLetter(id: string, outcome: DeliveryOutcome): Promise<void>;
  /** Adds the message and its `slack.post` job; a card that is already there is marked to be rewritten. */
  addSlack(post: SlackPost, at: Instant): Promise<void>;
  claimSlack(id: string, at: Instant): Promise<SlackRow | null>;
  settleSlack(id: string, outcome: DeliveryOutcome & { channel?: string; ts?: string }): Promise<void>;
  /** The posted root message of a case; null until it is posted. */
  rootMessage(caseId: string): Promise<{ channel: string; ts: string } | null>;
  /** Enqueues drawing and issuing of what was approved in a case. */
  addIssueJob(caseId: string): Promise<void>;
}

export interface DeliveryOutcome {
  state: Exclude<DeliveryState, "sending">;
  at: Instant;
  /** Server's words or our code; never a secret. */
  detail: string | null;
  /** For `pending`: not before. */
  retryAt?: Instant;
}

export interface VerificationRows {
  /** Issued guarantees with these numbers, with what verification needs; one query however many numbers. */
  issuedByNumbers(numbers: readonly string[]): Promise<VerifiableGuarantee[]>;
  /** Wrong pairs since `since` for each number as written; the numbers stay locked until the step ends. */
  failuresSince(numbers: readonly string[], since: Instant): Promise<Map<string, number>>;
  saveAttempts(attempts: readonly VerificationAttempt[]): Promise<void>;
  /** Records that a stranger got the neutral line; false when this sender got it on this day before. */
  noteStranger(address: string, day: string): Promise<boolean>;
}

export interface VerifiableGuarantee {
  guarantee: IssuedGuarantee;
  caseId: string;
  ordererId: string | null;
  sealedKey: Uint8Array | null;
  certificates: { serial: number; documentId: string; filename: string; bytes: Uint8Array }[];
}

export interface VerificationAttempt {
  id: string;
  at: Instant;
  letterId: string;
  address: string;
  ordererId: string | null;
  /** As written, folded. */
  number: string;
  outcome: string;
  /** A wrong pair: counts against the number's budget. */
  failed: boolean;
  guaranteeId: string | null;
}
