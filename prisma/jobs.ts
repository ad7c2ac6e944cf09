import { type JobResult, PgBoss } from "pg-boss";
import { JOB_QUEUES, type JobQueue, type Jobs } from "../core/ports.ts";
import { openJobsDatabase } from "./jobs-database.ts";
import type { Connection } from "./pool.ts";
import { enterPresence, type Presence } from "./presence.ts";
import type { Step } from "./step.ts";

/** pg-boss on the desk's own database, in a schema of its own: a job is part of the transaction that needs it. */
const JOBS_SCHEMA = "jobs";

/**
 * A committed job is announced (`jobs-database.ts`, also between processes) and starts within milliseconds. Looking every
 * half second is for retries and for the time in which the listening connection is down.
 */
const POLL_SECONDS = 0.5;
/** A worker whose process is gone is noticed after this and the next look of the supervisor. 10 is pg-boss's least. */
const HEARTBEAT_SECONDS = 10;
const SUPERVISE_SECONDS = 2;
const DAY_SECONDS = 86_400;
/** Jobs fetched and reported done together, for each that runs: both are long statements beside a short job. */
const JOBS_PER_LANE = 4;
/** How long `stop` waits for running handlers. Every network step of the doors has a shorter limit of its own. */
const STOP_WAIT_MS = 60_000;
const SAME_TROUBLE_MS = 10_000;

const QUEUE = {
  // Giving up is for the handlers to decide and to tell staff about; the queue itself never drops a job.
  retryLimit: 100_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 900,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  retentionSeconds: 365 * DAY_SECONDS,
  deleteAfterSeconds: 3 * DAY_SECONDS,
  // Ours comes after the commit (`jobs-database.ts`).
  notify: false,
};

/** A job to be added; not before `startAfter`, when it is given. */
export interface NewJob {
  queue: JobQueue;
  id: string;
  startAfter?: Date | undefined;
}

export interface JobBoard extends Jobs {
  /** Adds jobs to a step, a statement for each queue; they exist only if that commits. */
  enqueue(step: Step, jobs: readonly NewJob[]): Promise<void>;
  /** To be called when they are committed: otherwise their workers come by only after a while. */
  wake(jobs: readonly NewJob[]): void;
  /** The number by which this process holds leases; 0 as long as it does not work. */
  processNumber(): number;
}

/**
 * Starts pg-boss. A database that goes away later does not end the process: the trouble is logged and work goes on
 * when it is back. Handlers may run more than once for the same id (a worker can die before it says "done").
 */
export async function openJobs(url: string, log: (line: string) => void): Promise<JobBoard> {
  const trouble = quietly(log);
  const database = openJobsDatabase(url, trouble);
  const boss = new PgBoss({
    db: database,
    schema: JOBS_SCHEMA,
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    monitorVacuum: false,
  });
  boss.on("error", (error) => trouble(`jobs: ${error.message}`));
  boss.on("warning", (warning) => trouble(`jobs: ${warning.message}`));
  try {
    await boss.start();
    await createQueues(boss);
  } catch (error) {
    await database.end();
    throw error;
  }

  let presence: Promise<Presence> | null = null;
  let processNumber = 0;
  let stopping = false;
  return {
    processNumber: () => processNumber,
    async enqueue(step, jobs) {
      const db = {
        async executeSql(text: string, values?: unknown[]) {
          step.later(text, values);
          return { rows: [] };
        },
      };
      for (const [queue, some] of Map.groupBy(jobs, (job) => job.queue)) {
        const inserts = some.map(({ id, startAfter }) => ({
          data: { id },
          ...(startAfter === undefined ? {} : { startAfter }),
        }));
        await boss.insert(queue, inserts, { db });
      }
    },
    wake(jobs) {
      const now = jobs.filter(({ startAfter }) => startAfter === undefined);
      database.wake(new Set(now.map(({ queue }) => queue)));
    },
    async work(queue, handler, options = {}) {
      presence ??= enterPresence(url, putBack);
      processNumber = (await presence).number;
      const { workers, lanes, batchSize } = crew(options.concurrency ?? 1);
      const settings = {
        pollingIntervalSeconds: POLL_SECONDS,
        notifyPollingIntervalSeconds: POLL_SECONDS,
        localConcurrency: workers,
        batchSize,
        perJobResults: true as const,
      };
      let worker: string | null = null;
      worker = await boss.work<{ id: string }>(queue, settings, async (jobs) => {
        // Otherwise the worker would sleep out its interval after a full catch, however many are waiting.
        if (worker !== null && jobs.length === batchSize) boss.notifyWorker(worker);
        const waiting = [...jobs];
        const results: JobResult[] = [];
        const lane = async () => {
          for (let job = waiting.shift(); job !== undefined; job = waiting.shift())
            results.push(
              stopping
                ? { id: job.id, status: "failed", output: "stopped before it began" }
                : await runOne(queue, job, handler, log),
            );
        };
        await Promise.all(Array.from({ length: lanes }, lane));
        return results;
      });
      const id = worker;
      return { stop: () => boss.offWork(queue, { id, wait: true }) };
    },
    async stop() {
      stopping = true;
      await boss.stop({ graceful: true, timeout: STOP_WAIT_MS, close: true });
      await database.end();
      await (await presence)?.leave();
    },
  };
}

/** Jobs that died with their workers, to be run again at once: that is no failure of theirs, nor were those of before. */
async function putBack(db: Connection): Promise<void> {
  await db.query(
    `UPDATE ${JOBS_SCHEMA}.job SET state = 'retry', start_after = now(), heartbeat_on = NULL, retry_count = 0 WHERE state = 'active'`,
  );
}

/** Creates what is missing; a queue from an earlier version takes over today's options. */
async function createQueues(boss: PgBoss): Promise<void> {
  const present = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  for (const name of JOB_QUEUES) {
    const known = present.get(name);
    if (known === undefined) await boss.createQueue(name, QUEUE);
    else if (!Object.entries(QUEUE).every(([key, value]) => known[key as keyof typeof QUEUE] === value))
      await boss.updateQueue(name, QUEUE);
  }
}

/**
 * Who runs `concurrency` jobs side by side. Two workers, so that one that waits for its slowest job does not keep the
 * queue waiting; one alone where jobs must come one at a time.
 */
function crew(concurrency: number): { workers: number; lanes: number; batchSize: number } {
  const workers = Math.min(2, concurrency);
  const lanes = Math.ceil(concurrency / workers);
  // What is fetched together comes in no order: where one job comes at a time, it is fetched by itself.
  return { workers, lanes, batchSize: concurrency === 1 ? 1 : lanes * JOBS_PER_LANE };
}

/** The failure is logged here; the queue keeps only its message, for whoever looks into the table. */
async function runOne(
  queue: JobQueue,
  job: { id: string; data: { id: string } },
  handler: (id: string) => Promise<void>,
  log: (line: string) => void,
): Promise<JobResult> {
  try {
    await handler(job.data.id);
    return { id: job.id, status: "completed" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`job ${queue} ${job.data.id} failed and will be tried again: ${reason}`);
    return { id: job.id, status: "failed", output: { message: reason } };
  }
}

/** A lost database makes every worker complain twice a second; the same words are logged once in a while. */
function quietly(log: (line: string) => void): (line: string) => void {
  const last = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    // Worker ids make each complaint look new.
    const kind = line.replace(/[0-9a-f-]{36}/g, "");
    if (now - (last.get(kind) ?? 0) < SAME_TROUBLE_MS) return;
    if (last.size > 100) last.clear();
    last.set(kind, now);
    log(line);
  };
}
