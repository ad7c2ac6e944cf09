import type { JobQueue } from "../../core/ports.ts";
import type { AuditEntry } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { Step } from "../step.ts";

/** What the parts of one transaction share. */
export interface Context extends Step {
  /** Notes a job; the jobs of a transaction are added together near its end and exist only if it commits. */
  enqueue(queue: JobQueue, id: string, startAfter?: Date): void;
  now(): Instant;
  /** The number by which this process holds leases (`presence.ts`). */
  holder: number;
  /** Entries of this transaction; chained and written as its last step. */
  audit: AuditEntry[];
}
