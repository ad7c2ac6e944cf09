import { later } from "../dates.ts";
import type { Desk } from "../ports.ts";
import type { Instant } from "../terms.ts";

/**
 * Tells staff that the mail engine needs a person, once.
 * @param code worded in `templates/ja/slack/engine.json` under `engine`; `detail` fills its placeholders and holds no secret.
 * @param once names the occasion (a day, a hour, a term): the same trouble of the same occasion is told once.
 */
export async function tellTrouble(
  desk: Pick<Desk, "store" | "now">,
  code: string,
  detail: Record<string, string>,
  once: string,
): Promise<void> {
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    const cause = `trouble:${code}:${once}`;
    await tx.addSlack({ kind: "desk", cause, content: { event: "engine_trouble", code, detail } }, at);
  });
}

/** Several processes see the same outage; whoever comes first within this tells. */
const SAME_OUTAGE_MS = 5 * 60_000;

/** Tells staff that a part of the outside world is, or was, away for long. @param since when it went. */
export async function tellOutage(
  desk: Pick<Desk, "store" | "now">,
  part: string,
  since: Instant,
): Promise<void> {
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    if (!(await tx.takeDuty(`outage:${part}`, at, later(at, -SAME_OUTAGE_MS)))) return;
    const code = `outage_${part}`;
    const minutes = String(Math.max(1, Math.round((Date.parse(at) - Date.parse(since)) / 60_000)));
    const content = { event: "engine_trouble" as const, code, detail: { since, minutes } };
    await tx.addSlack({ kind: "desk", cause: `trouble:${code}:${since}`, content }, at);
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: "outage",
      caseId: null,
      guaranteeId: null,
      cause: code,
      data: { part, since, minutes },
    });
  });
}

/** The keys of this start open nothing that is stored: whatever it did would be lost to the right ones. */
export class ForeignSealKey extends Error {
  override readonly name = "ForeignSealKey";
}

/** Before anything is done. @throws ForeignSealKey when the letter stored last cannot be opened. */
export async function checkSealKey({ store, sealer }: Pick<Desk, "store" | "sealer">): Promise<void> {
  const newest = await store.transact((tx) => tx.newestSealed());
  if (newest === null) return;
  try {
    sealer.unseal(newest);
  } catch {
    throw new ForeignSealKey();
  }
}
