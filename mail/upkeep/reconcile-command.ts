import { isEven } from "../../core/desk/upkeep.ts";
import { sealerFromKeys } from "../../core/seal.ts";
import type { Settings } from "../../core/settings.ts";
import type { Store } from "../../core/store.ts";
import { openAccounts } from "../accounts.ts";
import { reconcile } from "./reconcile.ts";

/** `reconcile`: the daily reconciliation now. @returns the exit code: 1 when a count is not zero or was not to be had. */
export async function runReconcile(
  settings: Settings,
  store: Store,
  say: (key: string, params?: Record<string, string>) => string,
  print: (line: string) => void,
): Promise<number> {
  const now = () => new Date().toISOString();
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const desk = { store, now, sealer: sealerFromKeys(settings.sealKey, settings.sealKeysPrevious) };
  const goLive = settings.goLive ?? (await store.transact((tx) => tx.firstStart(now())));
  const access = openAccounts(settings, desk, quiet).imap;
  const found = await reconcile({ settings, access, desk, goLive });
  for (const [name, count] of Object.entries(found.counts))
    print(say("reconcile.count", { name: say(`reconcile.${name}`), count: String(count) }));
  for (const [name, code] of Object.entries(found.unchecked))
    print(say("reconcile.unchecked", { name: say(`reconcile.${name}`), code }));
  print(say(isEven(found) ? "reconcile.even" : "reconcile.uneven"));
  return isEven(found) ? 0 : 1;
}
