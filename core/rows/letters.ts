import type { SenderTrust } from "../case.ts";
import type { Evidence, Instant, LetterKind, Problem } from "../terms.ts";

/** Letters that came in, as they are kept. */

/** Where a letter lay: (mailbox, UIDVALIDITY, UID) names it for ever (RFC 9051 §2.3.1.1). */
export interface LetterPlace {
  /** The account and the mailbox in it: two accounts may share a mailbox name and a UIDVALIDITY. */
  mailbox: string;
  uidValidity: bigint;
  uid: number;
}

export interface ArrivedLetter {
  place: LetterPlace;
  receivedAt: Instant;
  /** The single From address, lower case, as it stands in the header; null when there is not exactly one. */
  sender: string | null;
  /** SHA-256 (hex) of the letter without its transport headers: the same letter delivered twice has the same. */
  contentKey: string;
  /** SHA-256 (hex) of the header without transport fields: a UID is compared by it before anything is done to it. */
  headerKey: string;
  /** The raw bytes, sealed; only the header when the letter was too large to fetch. */
  sealedRaw: Uint8Array;
  size: number;
  /** True for a letter whose body was not fetched because of its size. */
  oversize: boolean;
  /** False for letters that arrived before MAIL_GO_LIVE: stored, never answered. */
  answerable: boolean;
}

/** The office that records for a mailbox, and its term: a later leader has a higher epoch. */
export interface Office {
  name: string;
  epoch: number;
}

/**
 * stored: to be read. answered, noted (nothing to say), for_staff, not_answered (automatic): done with.
 * parked: for staff, who retry it or close it. closed: a person said so.
 */
export type LetterState =
  | "stored"
  | "answered"
  | "noted"
  | "for_staff"
  | "not_answered"
  | "parked"
  | "closed";

export interface StoredLetter {
  id: string;
  receivedAt: Instant;
  /** Empty when the letter was erased. */
  sealedRaw: Uint8Array;
  size: number;
  oversize: boolean;
  answerable: boolean;
  state: LetterState;
  attempts: number;
  kind: LetterKind | null;
  /** As the header says at arrival; null when there is not exactly one. */
  sender: string | null;
  fromAddress: string | null;
  subject: string | null;
  caseId: string | null;
  reason: string | null;
  /** Staff want it answered whatever the caps say. */
  uncapped: boolean;
}

/** What became of a letter. */
export interface LetterVerdict {
  state: Exclude<LetterState, "stored" | "closed">;
  at: Instant;
  kind: LetterKind | null;
  fromAddress: string | null;
  subject: string | null;
  messageId: string | null;
  /** The topmost Authentication-Results of our border server, or what we checked ourselves, as evidence. */
  authenticationResults: string | null;
  trust: SenderTrust;
  caseId: string | null;
  /** Code of why it was not answered or goes to staff; worded in templates/ja/slack/thread.json. */
  reason: string | null;
  /** Where its values were read; absent for a letter that was not read. */
  evidence?: readonly Evidence[];
  /** What its reading could not settle; kept and erased with the evidence. */
  problems?: readonly Problem[];
}

/** A letter of a case as a list shows it: without its bytes. */
export interface CaseLetter {
  id: string;
  receivedAt: Instant;
  kind: LetterKind | null;
  /** Keys masked; null once it was erased. */
  subject: string | null;
  /** The single From address; null when there is none, or once the person was erased. */
  from: string | null;
  state: LetterState;
}

/** Folders of the mailbox into which letters are moved once they are done with. */
export type FolderName = "Processed" | "Review" | "Automatic";

export interface LetterToFile {
  id: string;
  uid: number;
  headerKey: string;
  folder: FolderName;
  /** One of our own letters that came back; it stays where the journal is looked for. */
  ownLetter: boolean;
}

export interface LetterRows {
  /**
   * Stores letters before anything is thought and enqueues `mail.read` for each (unless it is a duplicate or not
   * answerable). `duplicate`: this place was recorded before, or the same content was (then nothing is enqueued).
   * @throws Fenced when another process holds the office by now; nothing was stored.
   */
  recordLetters(
    letters: readonly ArrivedLetter[],
    office: Office,
  ): Promise<{ id: string; duplicate: boolean }[]>;
  /** Every UID of the mailbox that was recorded under this UIDVALIDITY. */
  recordedUids(mailbox: string, uidValidity: bigint): Promise<Set<number>>;
  /** Counts an attempt for each; committed before the letters are parsed. Null for an unknown id. */
  beginLetters(ids: readonly string[]): Promise<(StoredLetter | null)[]>;
  letter(id: string): Promise<StoredLetter | null>;
  /** What the reading of a letter left for staff: where its values were read, what could not be settled. Null when it was not read, or erased. */
  understandingOf(id: string): Promise<{ evidence: Evidence[]; problems: Problem[] | null } | null>;
  /** The letters that belong to a case, newest first. */
  lettersOf(caseId: string, limit: number): Promise<CaseLetter[]>;
  /** How many earlier letters of the same sender are not finished, up to `limit`: the order within a case is kept. */
  earlierUnfinished(id: string, limit: number): Promise<number>;
  /** Takes the attempt back and enqueues the letter again for later. */
  postponeLetter(id: string, until: Instant): Promise<void>;
  /** @throws when it is finished already: of two that read a letter at the same time one undoes its step. */
  finishLetter(id: string, verdict: LetterVerdict): Promise<void>;
  /** Letters that wait for a person, oldest first. */
  parkedLetters(limit: number): Promise<StoredLetter[]>;
  /** A parked letter is read anew from its first attempt, and answered whatever the caps say; false when it is not parked any more or was erased. */
  retryLetter(id: string): Promise<boolean>;
  /** A parked letter is done with; false when it is not parked any more. */
  closeLetter(id: string, at: Instant): Promise<boolean>;
  /** Letters in a final state that still lie where they came in. */
  lettersToFile(mailbox: string, uidValidity: bigint, limit: number): Promise<LetterToFile[]>;
  noteFiled(ids: readonly string[], folder: string): Promise<void>;
}
