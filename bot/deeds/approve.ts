import type { Case } from "../../core/case.ts";
import { approveCase } from "../../core/desk/approve.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import type { Refusal } from "../../core/refusals.ts";
import { approveModal } from "../blocks/modals/approve.ts";
import { type Asked, askedOf } from "../blocks/modals/asked.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, refusedModal, wrongStatus } from "./common.ts";
import { ratioLines } from "./price.ts";
import { firstKind } from "./return.ts";

/**
 * 承認: opens the checker's modal, for what of one kind waits and somebody else has asked for. Whoever made all of it is
 * told who can approve instead.
 */
export async function openApprove(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const waiting = targeted(found, target).flatMap((one) => askedOf(one) ?? []);
  const [first] = waiting;
  if (first === undefined) return refused(bot, act, "approve", whyNothingWaits(found, target));
  const alone = bot.desk.policy.approvals === 1;
  const asked = firstKind(waiting.filter(({ maker }) => alone || maker.employee !== act.by.employee));
  if (asked.length === 0) {
    const detail = { maker: first.maker.name, makerEmployee: first.maker.employee };
    return refused(bot, act, "approve", { code: "same_person", detail });
  }
  const meta = metaFor(
    act,
    found,
    target,
    asked.map(({ guaranteeId: id, kind, contentHash: hash }) => ({ id, kind, hash })),
  );
  const others = waiting.filter((one) => !asked.includes(one));
  return {
    kind: "open",
    modal: approveModal(found, asked, { others, ratios: ratios(bot, found, asked) }, meta, bot.say),
  };
}

/** The ratios once more under a new certificate; before a first issue they stand among the checks of the case. */
function ratios(bot: Bot, found: Case, asked: readonly Asked[]): string[] {
  const anew = asked.filter(({ what }) => what === "amend" || what === "rectify");
  return ratioLines(bot, found, new Map(anew.map(({ guaranteeId, after }) => [guaranteeId, after])));
}

function whyNothingWaits(found: Case, target: Target): Refusal {
  for (const guarantee of targeted(found, target)) {
    const approval =
      guarantee.status === "awaiting_approval"
        ? guarantee.approval
        : guarantee.status === "in_force"
          ? guarantee.change?.approval
          : null;
    if (approval) return { code: "already_approved", detail: { checker: approval.checker.name } };
    if (guarantee.status === "in_force") return { code: "no_change_waits", detail: { kind: guarantee.kind } };
  }
  return wrongStatus(found, target);
}

/** The modal of `openApprove`, submitted: what was asked for takes effect, or its documents are drawn. */
export async function submitApprove(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const approvals = meta.guarantees.map(({ id, hash }) => ({
    guaranteeId: id,
    contentHash: hash,
    repeated: values.get(`amount:${id}`) ?? "",
  }));
  const approved = await approveCase(bot.desk, act.by, target, { expectedVersion: meta.version, approvals });
  if (!approved.ok) {
    const places = { amount_not_repeated: "amount:" };
    return refusedModal(bot, act, "approve", approved.refusal, {
      ...{ places, guarantees: meta.guarantees, values },
    });
  }
  const done = `approved.${whatWasApproved(approved.value, meta)}`;
  return { kind: "done", screens: confirmation(bot, "approve", approved.value, target, done) };
}

/** Documents are being drawn of a first issue, an amendment, a rectification; the rest has taken effect. */
function whatWasApproved(found: Case, { guarantees }: ModalMeta): "issue" | "drawn" | "effective" {
  const one = found.guarantees.find(({ id }) => id === guarantees[0]?.id);
  if (one?.status === "awaiting_approval") return "issue";
  return one?.status === "in_force" && one.change?.approval ? "drawn" : "effective";
}
