import { flushCompileCache } from "node:module";
import { readSettings } from "../../core/config.ts";
import type { DeliveryOutcome, Store, Transaction } from "../../core/store.ts";
import { startDesk } from "../../main.ts";
import { ARM, type Side, STEPS, type Step, type StepName } from "./points.ts";

/**
 * The desk as `node main.ts start` opens it, over a store that kills this process at the armed step. Waiting is short:
 * what the desk would try again after minutes comes back after a second. Nothing else differs.
 */

const RETRY_MS = 1_000;

interface Armed {
  step: Step;
  side: Side;
  passing: number;
}

function armedBy(env: NodeJS.ProcessEnv): Armed | null {
  const name = env[ARM.step];
  if (name === undefined) return null;
  const step = STEPS[name as StepName];
  return { step, side: env[ARM.side] as Side, passing: Number(env[ARM.passing] ?? "0") };
}

/** No handler, no flush, no farewell. */
function die(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("a killed process went on");
}

function fragile(store: Store, armed: Armed | null, resend: boolean): Store {
  const dieAt = (side: Side, called: ReadonlySet<string>) => {
    if (armed === null || armed.side !== side || !isStep(armed.step, called)) return;
    if (armed.passing-- <= 0) die();
  };
  return {
    async transact(work) {
      let called = new Set<string>();
      const result = await store.transact(async (tx) => {
        called = new Set();
        const done = await work(watched(tx, called, resend));
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

/** The same transaction; notes which methods are called. */
function watched(tx: Transaction, called: Set<string>, resend: boolean): Transaction {
  const soon = <Outcome extends DeliveryOutcome>(outcome: Outcome): Outcome =>
    outcome.retryAt === undefined
      ? outcome
      : { ...outcome, retryAt: new Date(Date.now() + RETRY_MS).toISOString() };
  const changed: Transaction = {
    ...tx,
    async claimLetter(id, at) {
      const row = await tx.claimLetter(id, at);
      return resend && row?.state === "sending" ? { ...row, state: "pending" } : row;
    },
    settleLetter(id, outcome) {
      called.add(`settleLetter:${outcome.state}`);
      return tx.settleLetter(id, soon(outcome));
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

const read = readSettings(process.env, ["mail", "bot"]);
if (!read.ok)
  throw new Error(`settings: ${read.faults.map(({ name, code }) => `${name} ${code}`).join(", ")}`);
const [armed, resend] = [armedBy(process.env), process.env[ARM.fault] === "resend"];
await startDesk(read.settings, ["mail", "bot"], { wrapStore: (store) => fragile(store, armed, resend) });
if (process.env[ARM.keepCompiled] !== undefined) flushCompileCache();
