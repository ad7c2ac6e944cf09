import type { JobQueue } from "../../core/ports.ts";
import type { AuditEntry, Store, Transaction } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { JobBoard, NewJob } from "../jobs.ts";
import type { StepRunner } from "../step.ts";
import { writeAudit } from "./audit.ts";
import { caseRows } from "./cases.ts";
import type { Context } from "./context.ts";
import { expiryRows } from "./expiry.ts";
import { firstStart } from "./first-start.ts";
import { homeRows } from "./home.ts";
import { letterRows } from "./letters.ts";
import { outboxRows } from "./outbox.ts";
import { registryRows } from "./registry.ts";
import { reportRows } from "./reports.ts";
import { upkeepRows } from "./upkeep.ts";
import { verificationRows } from "./verification.ts";

/** Steps that collided (deadlock, serialization) are run again; nothing of the first try is left. */
const TRIES = 5;
const PAUSE_MS = 20;

/** The Store of core/ports.ts. `work` may run more than once, so it must not change anything outside the transaction. */
export function openStore(
  run: StepRunner,
  board: Pick<JobBoard, "enqueue" | "wake" | "processNumber">,
  now: () => Instant,
): Store {
  return {
    async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(run, board, now, work);
        } catch (error) {
          if (attempt === TRIES || !collided(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt * (0.5 + Math.random())));
        }
      }
    },
  };
}

async function once<T>(
  run: StepRunner,
  board: Pick<JobBoard, "enqueue" | "wake" | "processNumber">,
  now: () => Instant,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const jobs: NewJob[] = [];
  const audit: AuditEntry[] = [];
  const result = await run(
    (step) => {
      const enqueue = (queue: JobQueue, id: string, startAfter?: Date) =>
        void jobs.push({ queue, id, startAfter });
      return work(transaction({ ...step, enqueue, now, holder: board.processNumber(), audit }));
    },
    async (step) => {
      await board.enqueue(step, jobs);
      await writeAudit(step, audit);
    },
  );
  board.wake(jobs);
  return result;
}

function transaction(context: Context): Transaction {
  return {
    ...letterRows(context),
    ...caseRows(context),
    ...registryRows(context),
    ...outboxRows(context),
    ...verificationRows(context),
    ...upkeepRows(context),
    ...reportRows(context),
    ...homeRows(context),
    ...expiryRows(context),
    firstStart: (now) => firstStart(context, now),
    async audit(entry) {
      context.audit.push(entry);
    },
  };
}

/** PostgreSQL's 40001 (serialization) and 40P01 (deadlock), from the driver or in Prisma's words. */
function collided(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, meta } = error as Error & { code?: unknown; meta?: unknown };
  if (code === "40001" || code === "40P01" || code === "P2034") return true;
  return code === "P2010" && /\b(40001|40P01)\b/.test(JSON.stringify(meta ?? {}) + error.message);
}
