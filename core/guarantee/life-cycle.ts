import { dayInTokyo } from "../dates.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { GuaranteeNumber, Instant, Yen } from "../terms.ts";
import { approveChange, completeChange, dropChange, requestChange } from "./changes.ts";
import { impossibleContent } from "./content.ts";
import type { Actor, CertificateContent, Guarantee, ProposedChange } from "./guarantee.ts";
import { common, notByHim, wrongStatus } from "./steps.ts";

/**
 * THE state machine of a guarantee (life cycle: core/README.md). `decide` looks at a state and a command and gives
 * the next state or a refusal; it knows no clock, no chance and no database: all of that stands in the command.
 * `version` is the version of the case that the step makes.
 */
export type GuaranteeCommand =
  | { type: "return"; reason: string }
  | { type: "resubmit" }
  | { type: "accept"; feeYen: Yen; at: Instant }
  | { type: "settle"; how: "paid" | "lump"; by: Actor; at: Instant }
  | { type: "reopen" }
  | {
      type: "request_issue";
      content: CertificateContent;
      contentHash: string;
      /** What application and registry say, for the difference that the checker of a first request sees. */
      drafted: CertificateContent;
      version: number;
      by: Actor;
      at: Instant;
    }
  | { type: "send_back" }
  | {
      type: "approve";
      contentHash: string;
      number: GuaranteeNumber;
      by: Actor;
      at: Instant;
      approvals: 1 | 2;
    }
  | { type: "issue"; at: Instant }
  | { type: "decline"; reason: string }
  | { type: "withdraw"; reason: string }
  | {
      type: "request_change";
      proposed: ProposedChange;
      contentHash: string;
      version: number;
      by: Actor;
      at: Instant;
    }
  | { type: "approve_change"; contentHash: string; by: Actor; at: Instant; approvals: 1 | 2 }
  | { type: "drop_change" }
  | { type: "complete_change"; at: Instant };

/** Fees above this are a typing error; the highest public works guarantees are far below it. */
export const FEE_YEN_MAX = 1_000_000_000;

export function decide(guarantee: Guarantee, command: GuaranteeCommand): Result<Guarantee> {
  switch (command.type) {
    case "return":
      return sendBackToApplicant(guarantee, command.reason);
    case "resubmit":
      return resubmit(guarantee);
    case "accept":
      return accept(guarantee, command);
    case "settle":
      return settle(guarantee, command);
    case "reopen":
      return reopen(guarantee);
    case "request_issue":
      return requestIssue(guarantee, command);
    case "send_back":
      return sendBackToMaker(guarantee);
    case "approve":
      return approve(guarantee, command);
    case "issue":
      return issue(guarantee, command.at);
    case "decline":
      return end(guarantee, "declined", command.reason);
    case "withdraw":
      return end(guarantee, "withdrawn", command.reason);
    case "request_change":
      return requestChange(guarantee, command);
    case "approve_change":
      return approveChange(guarantee, command);
    case "drop_change":
      return dropChange(guarantee);
    case "complete_change":
      return completeChange(guarantee, command.at);
  }
}

export type Command<T extends GuaranteeCommand["type"]> = Extract<GuaranteeCommand, { type: T }>;

/** Something is missing or wrong, and only the applicant can mend it (差戻). */
function sendBackToApplicant(guarantee: Guarantee, reason: string): Result<Guarantee> {
  if (guarantee.status !== "applied") return wrongStatus(guarantee);
  if (reason.trim() === "") return refuse("reason_missing");
  return ok({ ...common(guarantee), status: "returned", reason: reason.trim() });
}

/** The applicant has mended it, or staff have for him. */
function resubmit(guarantee: Guarantee): Result<Guarantee> {
  return guarantee.status === "returned"
    ? ok({ ...common(guarantee), status: "applied" })
    : wrongStatus(guarantee);
}

/** Acceptance (引受) is not payment: the fee is told and stays to be settled. */
function accept(guarantee: Guarantee, { feeYen, at }: Command<"accept">): Result<Guarantee> {
  if (guarantee.status !== "applied") return wrongStatus(guarantee);
  if (!Number.isInteger(feeYen) || feeYen < 1 || feeYen > FEE_YEN_MAX)
    return refuse("fee_out_of_range", { kind: guarantee.kind });
  return ok({ ...common(guarantee), status: "accepted", fee: { feeYen, toldAt: at, settlement: null } });
}

function settle(guarantee: Guarantee, { how, by, at }: Command<"settle">): Result<Guarantee> {
  if (guarantee.status !== "accepted" || guarantee.fee.settlement !== null) return wrongStatus(guarantee);
  return ok({ ...guarantee, fee: { ...guarantee.fee, settlement: { how, by, at } } });
}

/**
 * What was applied for has changed after acceptance: a fee that was only told is told anew, one that was received
 * stays received, and a request for issue that nobody has approved yet is void.
 */
function reopen(guarantee: Guarantee): Result<Guarantee> {
  if (guarantee.status === "applied" || guarantee.status === "returned")
    return ok({ ...common(guarantee), status: "applied" });
  if (guarantee.status === "accepted")
    return ok(guarantee.fee.settlement === null ? { ...common(guarantee), status: "applied" } : guarantee);
  return sendBackToMaker(guarantee);
}

/** Fee first: without a settled fee nobody can ask for approval. A new request voids one not yet approved. */
function requestIssue(guarantee: Guarantee, command: Command<"request_issue">): Result<Guarantee> {
  const renewed = guarantee.status === "awaiting_approval" && guarantee.approval === null;
  if (guarantee.status !== "accepted" && !renewed) return wrongStatus(guarantee);
  if (guarantee.fee.settlement === null) return refuse("fee_unsettled", { kind: guarantee.kind });
  const { content, contentHash, drafted, version, by, at } = command;
  const impossible = impossibleContent(content, dayInTokyo(at));
  if (impossible !== null) return { ok: false, refusal: impossible };
  const previous = guarantee.status === "awaiting_approval" ? guarantee.request.content : drafted;
  return ok({
    ...common(guarantee),
    status: "awaiting_approval",
    fee: guarantee.fee,
    request: { version, content, contentHash, previous, maker: by, requestedAt: at },
    approval: null,
  });
}

/** The checker does not approve: the maker has to look at it again. The fee stays settled. */
function sendBackToMaker(guarantee: Guarantee): Result<Guarantee> {
  if (guarantee.status !== "awaiting_approval") return wrongStatus(guarantee);
  if (guarantee.approval !== null)
    return refuse("already_approved", { checker: guarantee.approval.checker.name });
  return ok({ ...common(guarantee), status: "accepted", fee: guarantee.fee });
}

/** Four eyes: the checker is another employee than the maker and approves exactly the content that was requested. */
function approve(guarantee: Guarantee, command: Command<"approve">): Result<Guarantee> {
  if (guarantee.status !== "awaiting_approval")
    return guarantee.status === "in_force" ? refuse("already_approved") : wrongStatus(guarantee);
  if (guarantee.approval !== null)
    return refuse("already_approved", { checker: guarantee.approval.checker.name });
  const hindrance = notByHim(guarantee.request, command);
  if (hindrance !== null) return hindrance;
  return ok({
    ...guarantee,
    approval: { checker: command.by, approvedAt: command.at, number: command.number },
  });
}

/** Stores the first certificate: from this moment the orderer can look at it (電子保証発行日時). */
function issue(guarantee: Guarantee, at: Instant): Result<Guarantee> {
  if (guarantee.status !== "awaiting_approval" || guarantee.approval === null) return wrongStatus(guarantee);
  const { content } = guarantee.request;
  return ok({
    ...common(guarantee),
    status: "in_force",
    fee: guarantee.fee,
    number: guarantee.approval.number,
    certificates: [{ position: 0, serial: 0, content, issuedAt: at, heldFrom: at, ended: null }],
    change: null,
  });
}

/** Underwriting may refuse, and the applicant may take back, until issue has been approved. */
function end(guarantee: Guarantee, status: "declined" | "withdrawn", reason: string): Result<Guarantee> {
  if (reason.trim() === "") return refuse("reason_missing");
  const approved = guarantee.status === "awaiting_approval" && guarantee.approval !== null;
  const open = ["applied", "returned", "accepted", "awaiting_approval"].includes(guarantee.status);
  if (!open || approved) return wrongStatus(guarantee);
  return ok({ ...common(guarantee), status, reason: reason.trim() });
}
