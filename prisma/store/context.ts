import type { JobQueue } from "../../core/ports.ts";
import type { AuditEntry } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { Prisma } from "../generated/client.ts";

/** What the parts of one transaction share. */
export interface Context {
  tx: Prisma.TransactionClient;
  /** Adds a job that exists only if this transaction commits. */
  enqueue(queue: JobQueue, id: string, startAfter?: Date): Promise<void>;
  now(): Instant;
  /** Entries of this transaction; chained and written as its last step. */
  audit: AuditEntry[];
}
