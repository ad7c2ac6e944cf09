import { dayInTokyo, isDay } from "../dates.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Day, Instant } from "../terms.ts";
import { differences, impossibleContent } from "./content.ts";
import type { CertificateContent, CertificateVersion, Guarantee, ProposedChange } from "./guarantee.ts";
import { holding, latestCertificate } from "./guarantee.ts";
import type { Command } from "./life-cycle.ts";
import { common, notByHim, wrongStatus } from "./steps.ts";

/** What two people do to a guarantee in force: the part of the state machine after issue. */

type InForce = Extract<Guarantee, { status: "in_force" }>;

/** Asked for by one person. An older request that nobody has approved is void with it: who asks last is the maker. */
export function requestChange(guarantee: Guarantee, command: Command<"request_change">): Result<Guarantee> {
  if (guarantee.status !== "in_force") return wrongStatus(guarantee);
  if (guarantee.change?.approval) return refuse("change_under_way", { kind: guarantee.kind });
  const { proposed, contentHash, version, by, at } = command;
  const refusal = hindrance(guarantee, proposed, dayInTokyo(at));
  if (refusal !== null) return refusal;
  return ok({
    ...guarantee,
    change: { version, proposed, contentHash, maker: by, requestedAt: at, approval: null },
  });
}

/** Why a change cannot be asked for; `null` when it can. */
function hindrance(
  guarantee: InForce,
  proposed: ProposedChange,
  today: Day,
): ReturnType<typeof refuse> | null {
  const { kind } = guarantee;
  if (proposed.reason.trim() === "") return refuse("reason_missing");
  if ("content" in proposed) return unfitContent(guarantee, proposed, today);
  if (proposed.change === "unamend")
    return latestCertificate(guarantee).serial === 0 ? refuse("nothing_to_unamend", { kind }) : null;
  if (proposed.change === "resend") return null;
  const [first] = guarantee.certificates;
  const begun = first === undefined ? proposed.on : dayInTokyo(first.issuedAt);
  // A day to come would need somebody to remember it; the end is recorded when it has come.
  return !isDay(proposed.on) || proposed.on < begun || proposed.on > today
    ? refuse("day_out_of_range", { kind, begun })
    : null;
}

function unfitContent(
  guarantee: InForce,
  { change, content }: Extract<ProposedChange, { content: CertificateContent }>,
  today: Day,
): ReturnType<typeof refuse> | null {
  const { kind } = guarantee;
  const before = latestCertificate(guarantee).content;
  // One guarantee contract never mixes media (FAQ of 角田市), and stays the product that it is.
  if (content.medium !== before.medium || content.kind !== before.kind)
    return refuse("medium_fixed", { kind });
  const changed = differences(before, content);
  if (changed.length === 0) return refuse("nothing_changed", { kind });
  // Certificate note 2: a change of the price of the works contract alone needs no amended certificate.
  if (change === "amend" && changed.every(({ field }) => field === "contractPriceYen"))
    return refuse("price_alone", { kind });
  // A certificate that was wrong is put right also when its time has passed: orderers keep it on file.
  const impossible = impossibleContent(content, change === "rectify" ? content.guaranteeUntil : today);
  return impossible === null ? null : { ok: false, refusal: impossible };
}

/**
 * Approved by another person. What needs no new certificate happens at once; an amendment and a rectification wait for
 * theirs to be drawn (`complete_change`).
 */
export function approveChange(guarantee: Guarantee, command: Command<"approve_change">): Result<Guarantee> {
  if (guarantee.status !== "in_force") return wrongStatus(guarantee);
  const { change } = guarantee;
  if (change === null) return refuse("no_change_waits", { kind: guarantee.kind });
  if (change.approval !== null) return refuse("already_approved", { checker: change.approval.checker.name });
  const refusal = notByHim(change, command);
  if (refusal !== null) return refusal;
  const { proposed } = change;
  switch (proposed.change) {
    case "amend":
    case "rectify":
      return ok({
        ...guarantee,
        change: { ...change, approval: { checker: command.by, approvedAt: command.at } },
      });
    case "unamend":
      return ok({
        ...guarantee,
        certificates: ended(guarantee.certificates, latestCertificate(guarantee), "withdrawn", command.at),
        change: null,
      });
    case "resend":
      return ok({ ...guarantee, change: null });
    case "cancel":
    case "release": {
      const { fee, number, certificates } = guarantee;
      const status = proposed.change === "cancel" ? "cancelled" : "released";
      const { on, reason } = proposed;
      return ok({ ...common(guarantee), status, fee, number, certificates, on, reason: reason.trim() });
    }
  }
}

/** Not approved, or taken back by its maker: the guarantee stays as it is. */
export function dropChange(guarantee: Guarantee): Result<Guarantee> {
  if (guarantee.status !== "in_force") return wrongStatus(guarantee);
  if (guarantee.change === null) return refuse("no_change_waits", { kind: guarantee.kind });
  if (guarantee.change.approval !== null)
    return refuse("already_approved", { checker: guarantee.change.approval.checker.name });
  return ok({ ...guarantee, change: null });
}

/** Appends the certificate of what was approved. A rectified one takes the place, serial and start of the faulty one. */
export function completeChange(guarantee: Guarantee, at: Instant): Result<Guarantee> {
  if (guarantee.status !== "in_force") return wrongStatus(guarantee);
  const { change, certificates } = guarantee;
  if (!change?.approval || !("content" in change.proposed)) return wrongStatus(guarantee);
  const { proposed } = change;
  const before = latestCertificate(guarantee);
  const position = certificates.length;
  const { content } = proposed;
  const appended: CertificateVersion =
    proposed.change === "amend"
      ? { position, serial: before.serial + 1, content, issuedAt: at, heldFrom: at, ended: null }
      : { position, serial: before.serial, content, issuedAt: at, heldFrom: before.heldFrom, ended: null };
  const kept = proposed.change === "amend" ? certificates : ended(certificates, before, "rectified", at);
  return ok({ ...guarantee, certificates: [...kept, appended], change: null });
}

function ended(
  certificates: readonly CertificateVersion[],
  one: CertificateVersion,
  how: "rectified" | "withdrawn",
  at: Instant,
): CertificateVersion[] {
  return certificates.map((version) =>
    version.position === one.position ? { ...version, ended: { how, at } } : version,
  );
}

/** The content that would hold if the change were approved now; of one that ends, what it ends. */
export function contentAfter(guarantee: InForce, proposed: ProposedChange): CertificateContent {
  if ("content" in proposed) return proposed.content;
  const versions = holding(guarantee);
  const one = proposed.change === "unamend" ? versions.at(-2) : versions.at(-1);
  return (one ?? latestCertificate(guarantee)).content;
}
