import type { Case } from "../../core/case.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { type ChangeInput, requestChange } from "../../core/desk/request-change.ts";
import type { ChangeRequest, Guarantee } from "../../core/guarantee/guarantee.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import type { Reply } from "../reply.ts";
import { confirmation, type Places, refusedModal, wrongStatus } from "./common.ts";

/** What every change of a guarantee in force has in common: which can be changed, and asking for it. */

export type InForce = Extract<Guarantee, { status: "in_force" }>;

/** The targeted products whose change can be asked for now. */
export function changeable(found: Case, target: Target): Result<InForce[]> {
  const inForce = targeted(found, target).flatMap((one) => (one.status === "in_force" ? [one] : []));
  const free = inForce.filter(({ change }) => !change?.approval);
  if (free.length > 0) return ok(free);
  const [first] = inForce;
  if (first !== undefined) return refuse("change_under_way", { kind: first.kind });
  return { ok: false, refusal: wrongStatus(found, target) };
}

/** Requests that wait for a checker; a new one takes their place. */
export function standing(guarantees: readonly InForce[]): ChangeRequest[] {
  return guarantees.flatMap(({ change }) => (change === null ? [] : [change]));
}

/** The guarantees that a modal showed, as they stand now; null when one of them has gone. */
export function shownInForce(found: Case, meta: ModalMeta): InForce[] | null {
  const shown = meta.guarantees.flatMap(({ id }) =>
    found.guarantees.flatMap((one) => (one.id === id && one.status === "in_force" ? [one] : [])),
  );
  return shown.length === meta.guarantees.length && shown.length > 0 ? shown : null;
}

/** Asks for a change; says that it waits for another person. */
export async function ask(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
  asked: Omit<ChangeInput, "expectedVersion"> & { places: Places; notes?: string[] },
): Promise<Reply> {
  const { places, notes = [], ...input } = asked;
  const target = { caseId: meta.caseId, only: meta.only };
  const expectedVersion = meta.version;
  const requested = await requestChange(bot.desk, act.by, target, { ...input, expectedVersion });
  if (requested.ok)
    return {
      kind: "done",
      screens: confirmation(bot, input.change, requested.value, target, input.change, notes),
    };
  const { guarantees } = meta;
  return refusedModal(bot, act, input.change, requested.refusal, { places, guarantees, values });
}
