import type { Modal } from "../../bot/blocks/kit.ts";
import { approveModal } from "../../bot/blocks/modals/approve.ts";
import { askedOf } from "../../bot/blocks/modals/asked.ts";
import { changeModal } from "../../bot/blocks/modals/change.ts";
import { endingModal, returnModal } from "../../bot/blocks/modals/endings.ts";
import { finishModal, unamendModal } from "../../bot/blocks/modals/finish.ts";
import { issueModal } from "../../bot/blocks/modals/issue.ts";
import { paidModal, type Unpaid } from "../../bot/blocks/modals/paid.ts";
import { resendModal } from "../../bot/blocks/modals/resend.ts";
import { WORD_DEEDS, wordsModal } from "../../bot/blocks/modals/words.ts";
import { acceptModal, noticeModal } from "../../bot/blocks/modals.ts";
import { AMEND, AMEND_AMOUNT, RECTIFY } from "../../bot/change-fields.ts";
import { sayIn } from "../../bot/words.ts";
import {
  CHANGE_KINDS,
  type ChangeKind,
  type Guarantee,
  type IssuedGuarantee,
  isIssued,
  type ProposedChange,
} from "../../core/guarantee/guarantee.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { loadWords } from "../../templates/words.ts";
import { AT, caseIn, certificateContent, textOf } from "./screen-samples.ts";

const words = loadWords();
const say = sayIn(words);
/** The longest address that a mail can have. */
const LONG_ADDRESS = `${"a".repeat(64)}@${"b".repeat(180)}.example`;

/** Every modal about a case, its texts of about this length. */
export function modalFixtures(length: number): { name: string; modal: Modal }[] {
  const found = caseIn("applied", length);
  const kinds = [...GUARANTEE_KINDS];
  const guarantees = kinds.map((kind) => ({ id: `g-${kind}`, kind, hash: "h" }));
  const named = { caseId: found.id, version: 1, only: kinds, choose: false, channel: "C", guarantees };
  const meta = { ...named, choose: true };
  const drafts = kinds.map((kind) => ({ guaranteeId: `g-${kind}`, content: changed(kind, length) }));
  const issued = caseIn("in_force", length);
  const inForce = issued.guarantees.filter(isIssued);
  const asking = caseIn("awaiting_approval", length).guarantees.flatMap((one) => askedOf(one) ?? []);
  const beside = { others: asking, ratios: GUARANTEE_KINDS.map(() => textOf(length)) };
  const changes = CHANGE_KINDS.map((kind) => ({
    name: `approve ${kind}`,
    modal: approveModal(issued, askedFor(inForce, kind, length), beside, meta, say),
  }));
  const targets = drafts.map((draft) => ({ ...draft, number: "00042-000123" }));
  const frame = { head: textOf(length), reason: textOf(Math.min(length, 1000)), meta };
  const form = { ...frame, meta: named };
  const none = { ...named, only: [], guarantees: [] };
  const told = caseIn("accepted", length);
  const addresses = Array.from({ length: 20 }, (_, n) => ({
    ...{ address: n === 0 ? "a@b.example" : LONG_ADDRESS, since: AT, newer: n % 2 === 0, id: `id${n}` },
  }));
  const after = inForce.map((guarantee) => ({
    ...{ guarantee, now: changed(guarantee.kind, length) },
    after: certificateContent(guarantee.kind, length),
  }));
  const maker = { whom: "maker" as const, kinds, maker: "見本 作成" };
  const either = { ...maker, whom: "either" as const, kinds: kinds.slice(0, 1) };
  return [
    { name: "accept", modal: acceptModal(found, found.guarantees, meta, words, say) },
    { name: "accept as named", modal: acceptModal(found, found.guarantees, named, words, say) },
    { name: "paid", modal: paidModal(told, told.guarantees.flatMap(unpaid), meta, say) },
    { name: "decline", modal: endingModal("decline", found, kinds, meta, say) },
    { name: "decline a case", modal: endingModal("decline", found, [], none, say) },
    { name: "withdraw", modal: endingModal("withdraw", found, kinds, meta, say) },
    { name: "return", modal: returnModal(found, { ...maker, whom: "applicant" }, meta, say) },
    { name: "return to maker", modal: returnModal(found, maker, meta, say) },
    { name: "return either", modal: returnModal(found, either, meta, say) },
    { name: "return as named", modal: returnModal(found, maker, named, say) },
    { name: "issue", modal: issueModal(found, drafts, meta, say, true) },
    { name: "approve", modal: approveModal(found, asking, { others: [], ratios: [] }, meta, say) },
    ...changes,
    { name: "amend", modal: changeModal(AMEND, issued, targets, form, say) },
    { name: "amend amount", modal: changeModal(AMEND_AMOUNT, issued, targets, form, say) },
    { name: "rectify", modal: changeModal(RECTIFY, issued, targets, form, say) },
    { name: "unamend", modal: unamendModal(issued, after, frame, say) },
    ...(["cancel", "release"] as const).map((deed) => ({
      name: deed,
      modal: finishModal(deed, issued, inForce, { ...frame, today: "2026-04-10" }, say),
    })),
    { name: "resend", modal: resendModal(issued, inForce, addresses, { ...frame, more: true }, say) },
    ...WORD_DEEDS.map((deed) => ({ name: `words ${deed}`, modal: wordsModal(deed, "{}", say) })),
    { name: "notice", modal: noticeModal(say("lateModal"), say) },
  ];
}

function unpaid(one: Guarantee): Unpaid[] {
  return one.status === "accepted" ? [one] : [];
}

/** A certificate of several fiscal years, of a joint venture, that says everything otherwise. */
function changed(kind: Guarantee["kind"], length: number) {
  const other = `乙${textOf(length)}`.slice(0, length);
  return {
    ...certificateContent(kind, length),
    ...{ worksTitle: other, contractorName: other, jointVentureName: other, worksNumber: other },
    ...{ fiscalYearYen: 9_999_999_999, worksUntil: "2028-03-19", guaranteeUntil: "2028-03-31" },
    ...{ depositBank: kind === "performance" ? null : other, handlingBranch: other },
  };
}

function askedFor(inForce: readonly IssuedGuarantee[], change: ChangeKind, length: number) {
  return inForce.flatMap((one) => {
    const { kind } = one;
    const reason = textOf(Math.min(length, 1000));
    const proposed: ProposedChange =
      change === "amend" || change === "rectify"
        ? { change, content: changed(kind, length), reason }
        : change === "resend"
          ? { change, to: LONG_ADDRESS, reason }
          : change === "unamend"
            ? { change, reason }
            : { change, on: "2026-04-10", reason };
    const maker = { employee: "1001", name: "見本 作成" };
    const request = { version: 8, proposed, contentHash: "h", maker, requestedAt: AT, approval: null };
    const guarantee = { ...one, status: "in_force", change: request } as Guarantee;
    return askedOf(guarantee) ?? [];
  });
}
