import { flushCompileCache } from "node:module";
import { readSettings } from "../../core/config.ts";
import type { Claim, DeliveryOutcome } from "../../core/rows/outbox.ts";
import type { Store, Transaction } from "../../core/store.ts";
import { startDesk } from "../../main.ts";
import { ARM, LIFE_STEPS, type LifeStepName, type Side, STEPS, type Step, type StepName } from "./points.ts";

/**
 * The desk as `node main.ts start` opens it, over a store that kills this process at the armed step. Waiting is short:
 * what the desk would try again after minutes comes back after a second. Nothing else differs. Everything is loaded
 * first; it starts when it is told where to die, so that loading need not be waited for.
 */

const RETRY_MS = 1_000;
/** The copy for the journal is written with the letter: what is not there after this was not taken. */
const DOUBT_GRACE_MS = 3_000;
/** The scripted server answers within a second; leases follow from this. */
const SEND_MS = 4_000;

interface Armed {
  step: Step;
  side: Side;
  passing: number;
}

function armedBy(env: NodeJS.ProcessEnv): Armed | null {
  const name = env[ARM.step];
  if (name === undefined) return null;
  const step = STEPS[name as StepName] ?? LIFE_STEPS[name as LifeStepName];
  return { step, side: env[ARM.side] as Side, passing: Number(env[ARM.passing] ?? "0") };
}

/** No handler, no flush, no farewell. */
function die(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("a killed process went on");
}

function fragile(store: Store, armed: Armed | null, blind: boolean): Store {
  const dieAt = (side: Side, called: ReadonlySet<string>) => {
    if (armed === null || armed.side !== side || !isStep(armed.step, called)) return;
    if (armed.passing-- <= 0) die();
  };
  /** Letters that were found in doubt and not taken up again. */
  const doubtful = new Set<string>();
  return {
    async transact(work) {
      let called = new Set<string>();
      const result = await store.transact(async (tx) => {
        called = new Set();
        const done = await work(watched(tx, called, doubtful, blind));
        dieAt("before commit", called);
        return done;
      });
      dieAt("after commit", called);
      return result;
    },
  };
}

function isStep(step: Step, called: ReadonlySet<string>): boolean {
  return (
    step.with.every((name) => called.has(name)) && !(step.without ?? []).some((name) => called.has(name))
  );
}

/** The same transaction; notes which methods are called. @param blind the planted fault: doubt counts as "not sent". */
function watched(tx: Transaction, called: Set<string>, doubtful: Set<string>, blind: boolean): Transaction {
  const changed: Transaction = {
    ...tx,
    async claimLetters(ids, at, leasedUntil) {
      const claims = await tx.claimLetters(ids, at, leasedUntil);
      for (const claim of claims) if (claim?.found === "doubtful") doubtful.add(claim.row.id);
      return blind ? claims.map(withoutDoubt) : claims;
    },
    reclaimLetter(id, attempt, at, leasedUntil) {
      doubtful.delete(id);
      return tx.reclaimLetter(id, attempt, at, leasedUntil);
    },
    settleLetters(outcomes) {
      for (const { id, state } of outcomes) {
        const found = state === "sent" && doubtful.delete(id);
        called.add(`settleLetters:${found ? "found" : state}`);
      }
      return tx.settleLetters(outcomes.map(soon));
    },
    audit(entry) {
      called.add(`audit:${entry.action}`);
      return tx.audit(entry);
    },
    settleSlack(id, outcome) {
      called.add(`settleSlack:${outcome.state}`);
      return tx.settleSlack(id, soon(outcome));
    },
  };
  return new Proxy(changed, {
    get(target, name, receiver) {
      called.add(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
}

function soon<Outcome extends DeliveryOutcome>(outcome: Outcome): Outcome {
  if (outcome.retryAt === undefined) return outcome;
  const at = Math.min(Date.parse(outcome.retryAt), Date.now() + RETRY_MS);
  return { ...outcome, retryAt: new Date(at).toISOString() };
}

function withoutDoubt(claim: Claim | null): Claim | null {
  const uncertain = claim?.found === "interrupted" || claim?.found === "doubtful";
  return uncertain ? { found: "taken", row: claim.row } : claim;
}

/** What `startDesk` would load while it starts. */
await Promise.all([
  import("../../prisma/open.ts"),
  import("../../mail/door.ts"),
  import("../../bot/app.ts"),
  import("../../mail/smtp/compose.ts"),
  import("../../templates/documents/port.ts"),
  import("../../templates/reading.ts"),
  import("../../core/reader/recheck.ts"),
]);
const arm = await new Promise<unknown>((resolve) => process.once("message", resolve));
process.disconnect();
Object.assign(process.env, arm as Record<string, string>);

const read = readSettings(process.env, ["mail", "bot"]);
if (!read.ok)
  throw new Error(`settings: ${read.faults.map(({ name, code }) => `${name} ${code}`).join(", ")}`);
const [armed, blind] = [armedBy(process.env), process.env[ARM.fault] === "no-ambiguous"];
const running = await startDesk(read.settings, ["mail", "bot"], {
  wrapStore: (store) => fragile(store, armed, blind),
  waits: { sendMs: SEND_MS, doubtGraceMs: DOUBT_GRACE_MS, fileEveryMs: RETRY_MS },
});
process.once("SIGTERM", () => void running.stop().then(() => process.exit(0)));
if (process.env[ARM.keepCompiled] !== undefined) flushCompileCache();
