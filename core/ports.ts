import type { CertificateData, NoticeData } from "./documents.ts";
import type { FeeTable } from "./guarantee/fee-tables.ts";
import type { ComposedLetter, LetterAttachment, OutgoingLetter } from "./letters.ts";
import type { WorkKind } from "./registry.ts";
import type { AnswerCaps } from "./settings.ts";
import type { Store } from "./store.ts";
import type { Application, GuaranteeKind, GuaranteeNumber, Instant, Problem } from "./terms.ts";

/** What core needs from the world, as plain interfaces; `main.ts` hands them in. */

/** Encrypts what may not lie about in the clear (keys, letters, notices). AES-256-GCM under SEAL_KEY. */
export interface Sealer {
  seal(plain: Uint8Array): Uint8Array;
  /** Throws when the bytes were altered or sealed under another key. */
  unseal(sealed: Uint8Array): Uint8Array;
}

/** The world outside that a use case needs; the store is one of them. */
export interface Desk {
  store: Store;
  now(): Instant;
  /** Unpredictable bytes (node:crypto). */
  random(length: number): Uint8Array;
  /** A new random id (UUID). */
  newId(): string;
  sealer: Sealer;
  documents: Documents;
  compose(letter: OutgoingLetter): Promise<ComposedLetter>;
  /** What an application lacks or contradicts beyond the problems already known; worded like the reader's own. */
  recheck(application: Application, known: readonly Problem[]): Problem[];
  policy: DeskPolicy;
}

/** Settings that decide what the desk does. */
export interface DeskPolicy {
  guarantor: { name: string; address: string; representative: string };
  /** The desk's own mail address (MAIL_FROM). */
  deskAddress: string;
  /** ISSUE_APPROVALS: 2 = maker and checker differ. */
  approvals: 1 | 2;
  mailTrust: "registered" | "require";
  /** VERIFY_FAILURES_MAX; 0 = off. */
  verifyFailuresMax: number;
  /** MAIL_CAP_…_HOUR; 0 = off. */
  caps: AnswerCaps;
  /** Title words that tell what kind of works it is (`templates/ja/work-kinds.json`). */
  workKindWords: readonly { word: string; kind: WorkKind }[];
  /** FEES_FILE as it stands now; the published interim rate is known without it. */
  fees(): readonly FeeTable[];
}

/** Draws the documents. Throws `MissingGlyphError` when a character cannot be printed. */
export interface Documents {
  drawNotice(notice: NoticeData): Promise<Uint8Array>;
  drawCertificate(certificate: CertificateData): Promise<Uint8Array>;
  /** File names of the public contract, section 7; serial 0 is the first certificate. */
  fileNames(number: GuaranteeNumber, serial: number): { certificate: string; notice: string };
  productName(kind: GuaranteeKind): string;
  /** The application form to fill in, as a workbook and as plain text. */
  blankForm(): Promise<LetterAttachment[]>;
}

/** Work that a committed step left to do; each door drains its own queues. */
export interface Jobs {
  /** Runs `handler` for every job of the queue; a rejected handler is retried later with back-off. */
  work(
    queue: JobQueue,
    handler: (id: string) => Promise<void>,
    options?: { concurrency?: number },
  ): Promise<QueueWorker>;
  /** Waits for what runs, then stops taking jobs. */
  stop(): Promise<void>;
}

/** One handler at work on a queue. */
export interface QueueWorker {
  /** Takes no more jobs; resolves when the running ones have ended. */
  stop(): Promise<void>;
}

/** `id` is a letter, an outbound letter, a Slack row, a case. */
export const JOB_QUEUES = ["mail.read", "mail.send", "slack.post", "desk.issue"] as const;
export type JobQueue = (typeof JOB_QUEUES)[number];

/** Being the only one: among any number of processes one holds an office, and what it writes carries its epoch. */
export interface Leadership {
  /**
   * Runs for an office for as long as `stop` is not called. `begin` when it is won, with the epoch of the term; `end`
   * when it is lost, at once. A holder that dies or freezes is replaced within ten seconds.
   */
  lead(name: string, term: { begin(epoch: number): void; end(): void }): Candidate;
}

export interface Candidate {
  leading(): boolean;
  /** Somebody else holds the office, and this process would take over. */
  standingBy(): boolean;
  stop(): Promise<void>;
}
