import type { Store, Transaction } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { PrismaClient } from "../generated/client.ts";
import { Prisma } from "../generated/client.ts";
import type { JobBoard, NewJob } from "../jobs.ts";
import { writeAudit } from "./audit.ts";
import { caseRows } from "./cases.ts";
import type { Context } from "./context.ts";
import { firstStart } from "./first-start.ts";
import { letterRows } from "./letters.ts";
import { outboxRows } from "./outbox.ts";
import { registryRows } from "./registry.ts";
import { verificationRows } from "./verification.ts";

/** Longest a step may take; documents are drawn outside of it. */
const TRANSACTION_TIMEOUT_MS = 20_000;
/** Longest a step waits for a free connection. */
const CONNECTION_WAIT_MS = 10_000;
/** Steps that collided (deadlock, serialization) are run again; nothing of the first try is left. */
const TRIES = 5;
const PAUSE_MS = 20;

/** The Store of core/ports.ts. `work` may run more than once, so it must not change anything outside the transaction. */
export function openStore(client: PrismaClient, board: Pick<JobBoard, "enqueue">, now: () => Instant): Store {
  return {
    async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(client, board, now, work);
        } catch (error) {
          if (attempt === TRIES || !collided(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt * (0.5 + Math.random())));
        }
      }
    },
  };
}

function once<T>(
  client: PrismaClient,
  board: Pick<JobBoard, "enqueue">,
  now: () => Instant,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return client.$transaction(
    async (tx) => {
      const jobs: NewJob[] = [];
      const context: Context = {
        tx,
        enqueue: (queue, id, startAfter) => void jobs.push({ queue, id, startAfter }),
        now,
        audit: [],
      };
      const result = await work(transaction(context));
      await board.enqueue(tx, jobs);
      await writeAudit(context);
      return result;
    },
    { timeout: TRANSACTION_TIMEOUT_MS, maxWait: CONNECTION_WAIT_MS },
  );
}

function transaction(context: Context): Transaction {
  return {
    ...letterRows(context),
    ...caseRows(context),
    ...registryRows(context),
    ...outboxRows(context),
    ...verificationRows(context),
    firstStart: (now) => firstStart(context, now),
    async audit(entry) {
      context.audit.push(entry);
    },
  };
}

/** P2034 is Prisma's word; raw statements report PostgreSQL's own 40001 (serialization) and 40P01 (deadlock). */
function collided(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === "P2034") return true;
  return error.code === "P2010" && /\b(40001|40P01)\b/.test(JSON.stringify(error.meta ?? {}) + error.message);
}
