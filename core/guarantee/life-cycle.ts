import { dayInTokyo } from "../dates.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Day, GuaranteeNumber, Instant, Yen } from "../terms.ts";
import type { Actor, CertificateContent, Guarantee } from "./guarantee.ts";

/**
 * THE state machine of a guarantee (life cycle: core/README.md). `decide` looks at a state and a command and gives
 * the next state or a refusal; it knows no clock, no chance and no database: all of that stands in the command.
 */
export type GuaranteeCommand =
  | { type: "accept"; feeYen: Yen; at: Instant }
  | { type: "settle"; how: "paid" | "lump"; by: Actor; at: Instant }
  | { type: "request_issue"; content: CertificateContent; contentHash: string; by: Actor; at: Instant }
  | {
      type: "approve";
      contentHash: string;
      number: GuaranteeNumber;
      by: Actor;
      at: Instant;
      approvals: 1 | 2;
    }
  | { type: "issue"; at: Instant }
  | { type: "decline"; reason: string };

/** Fees above this are a typing error; the highest public works guarantees are far below it. */
export const FEE_YEN_MAX = 1_000_000_000;

export function decide(guarantee: Guarantee, command: GuaranteeCommand): Result<Guarantee> {
  switch (command.type) {
    case "accept":
      return accept(guarantee, command);
    case "settle":
      return settle(guarantee, command);
    case "request_issue":
      return requestIssue(guarantee, command);
    case "approve":
      return approve(guarantee, command);
    case "issue":
      return issue(guarantee, command.at);
    case "decline":
      return decline(guarantee, command.reason);
  }
}

type Command<T extends GuaranteeCommand["type"]> = Extract<GuaranteeCommand, { type: T }>;

function wrongStatus(guarantee: Guarantee): Result<Guarantee> {
  return refuse("wrong_status", { status: guarantee.status, kind: guarantee.kind });
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

/** Fee first: without a settled fee nobody can ask for approval. A new request voids an approval not yet given. */
function requestIssue(guarantee: Guarantee, command: Command<"request_issue">): Result<Guarantee> {
  const renewed = guarantee.status === "awaiting_approval" && guarantee.approval === null;
  if (guarantee.status !== "accepted" && !renewed) return wrongStatus(guarantee);
  if (guarantee.fee.settlement === null) return refuse("fee_unsettled", { kind: guarantee.kind });
  const { content, contentHash, by, at } = command;
  const impossible = impossibleFigures(content, dayInTokyo(at));
  if (impossible !== null) return refuse(impossible, { kind: guarantee.kind });
  // 保証期限 covers the works to their end (certificate: 保証期限 is at least the end of 工期).
  if (content.guaranteeUntil < content.worksUntil)
    return refuse("guarantee_until_before_works_end", {
      kind: guarantee.kind,
      worksUntil: content.worksUntil,
    });
  return ok({
    ...common(guarantee),
    status: "awaiting_approval",
    fee: guarantee.fee,
    request: { content, contentHash, maker: by, requestedAt: at },
    approval: null,
  });
}

/** The last wall before two people sign: figures that cannot stand together on one certificate, whoever entered them. */
function impossibleFigures(
  content: CertificateContent,
  today: Day,
): "figures_contradict" | "already_ended" | null {
  const { guaranteedYen, contractPriceYen, fiscalYearYen, worksFrom, worksUntil, guaranteeUntil } = content;
  if (guaranteedYen < 1 || guaranteedYen > contractPriceYen || worksUntil < worksFrom)
    return "figures_contradict";
  if (fiscalYearYen !== null && (fiscalYearYen > contractPriceYen || guaranteedYen > fiscalYearYen))
    return "figures_contradict";
  return guaranteeUntil < today ? "already_ended" : null;
}

/** Four eyes: the checker is another employee than the maker and approves exactly the content that was requested. */
function approve(guarantee: Guarantee, command: Command<"approve">): Result<Guarantee> {
  if (guarantee.status !== "awaiting_approval")
    return guarantee.status === "in_force" ? refuse("already_approved") : wrongStatus(guarantee);
  if (guarantee.approval !== null)
    return refuse("already_approved", { checker: guarantee.approval.checker.name });
  if (command.approvals === 2 && guarantee.request.maker.employee === command.by.employee)
    return refuse("same_person", {
      maker: guarantee.request.maker.name,
      makerEmployee: guarantee.request.maker.employee,
    });
  if (guarantee.request.contentHash !== command.contentHash) return refuse("stale_screen");
  return ok({
    ...guarantee,
    approval: { checker: command.by, approvedAt: command.at, number: command.number },
  });
}

/** Stores the first certificate: from this moment the orderer can look at it (電子保証発行日時). */
function issue(guarantee: Guarantee, at: Instant): Result<Guarantee> {
  if (guarantee.status !== "awaiting_approval" || guarantee.approval === null) return wrongStatus(guarantee);
  return ok({
    ...common(guarantee),
    status: "in_force",
    fee: guarantee.fee,
    number: guarantee.approval.number,
    certificates: [{ serial: 0, content: guarantee.request.content, issuedAt: at }],
  });
}

/** Underwriting may refuse until issue has been approved. */
function decline(guarantee: Guarantee, reason: string): Result<Guarantee> {
  if (reason.trim() === "") return refuse("reason_missing");
  const approved = guarantee.status === "awaiting_approval" && guarantee.approval !== null;
  const open = ["applied", "returned", "accepted", "awaiting_approval"].includes(guarantee.status);
  if (!open || approved) return wrongStatus(guarantee);
  return ok({ ...common(guarantee), status: "declined", reason: reason.trim() });
}

function common({ id, kind, requested }: Guarantee) {
  return { id, kind, requested };
}
