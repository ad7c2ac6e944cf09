import { z } from "zod";
import type { Case, Check, CheckReview, SenderTrust, StaffTask } from "../../core/case.ts";
import type {
  Approval,
  CertificateContent,
  ChangeRequest,
  Fee,
  IssueRequest,
  ProposedChange,
} from "../../core/guarantee/guarantee.ts";
import type { LetterState } from "../../core/rows/letters.ts";
import {
  type Application,
  type Evidence,
  GUARANTEE_KINDS,
  LETTER_KINDS,
  PROBLEM_CODES,
  type Problem,
  type RequestedGuarantee,
} from "../../core/terms.ts";

/** Shapes of what lies in JSON columns. Whatever comes out of the database is checked before core sees it. */

const text = z.string();
const words = text.nullable();
const yen = z.int();
const day = z.iso.date();
const instant = z.iso.datetime();
const medium = z.enum(["electronic", "paper"]);
export const guaranteeKind = z.enum(GUARANTEE_KINDS);
export const letterKind = z.enum(LETTER_KINDS);
export const senderTrust: z.ZodType<SenderTrust> = z.enum(["authenticated", "registered", "other"]);
export const letterState: z.ZodType<LetterState> = z.enum([
  "stored",
  "answered",
  "noted",
  "for_staff",
  "not_answered",
  "parked",
  "closed",
]);
export const deliveryState = z.enum([
  "pending",
  "sending",
  "ambiguous",
  "sent",
  "refused",
  "parked",
  "closed",
]);

export const evidenceList: z.ZodType<Evidence[]> = z.array(
  z.object({
    field: text,
    value: text,
    written: text,
    place: z
      .object({
        origin: z.enum(["subject", "body", "quoted", "attachment"]),
        document: words,
        sheet: words,
        line: z.int().nullable(),
        column: words,
      })
      .nullable(),
    confidence: z.enum(["label", "sentence", "implied"]),
  }),
);

export const actor = z.object({ employee: text, name: text });

export const requested: z.ZodType<RequestedGuarantee> = z.object({
  kind: guaranteeKind,
  form: medium.nullable(),
  guaranteedYen: yen.nullable(),
  fiscalYearYen: yen.nullable(),
  depositBank: words,
  redeposit: z.boolean().nullable(),
  feePayment: words,
  feeBillTo: words,
  paperFeeStatement: z.boolean().nullable(),
  advanceGuaranteeNumber: words,
});

export const fee: z.ZodType<Fee> = z.object({
  feeYen: yen,
  toldAt: instant,
  settlement: z.object({ how: z.enum(["paid", "lump"]), by: actor, at: instant }).nullable(),
});

export const certificateContent: z.ZodType<CertificateContent> = z.object({
  kind: guaranteeKind,
  medium,
  contractorName: text,
  contractorAddress: text,
  contractorRepresentative: text,
  jointVentureName: words,
  ordererName: text,
  guaranteedYen: yen,
  guaranteeUntil: day,
  worksTitle: text,
  worksNumber: words,
  contractPriceYen: yen,
  fiscalYearYen: yen.nullable(),
  worksFrom: day,
  worksUntil: day,
  contractDate: day,
  depositBank: words,
  handlingBranch: words,
});

export const issueRequest: z.ZodType<IssueRequest> = z.object({
  // Requests from before versions were counted: theirs is the only one.
  version: z.int().default(0),
  content: certificateContent,
  contentHash: text,
  previous: certificateContent.nullable().default(null),
  maker: actor,
  requestedAt: instant,
});

const proposed: z.ZodType<ProposedChange> = z.discriminatedUnion("change", [
  z.object({ change: z.enum(["amend", "rectify"]), content: certificateContent, reason: text }),
  z.object({ change: z.literal("unamend"), reason: text }),
  z.object({ change: z.enum(["cancel", "release"]), on: day, reason: text }),
  z.object({ change: z.literal("resend"), to: text, reason: text }),
]);

export const changeRequest: z.ZodType<ChangeRequest> = z.object({
  version: z.int(),
  proposed,
  contentHash: text,
  maker: actor,
  requestedAt: instant,
  approval: z.object({ checker: actor, approvedAt: instant }).nullable(),
});

export const endedHow = z.enum(["rectified", "withdrawn"]);
export const origin: z.ZodType<Case["origin"]> = z.enum(["mail", "phone", "paper"]);
export const task: z.ZodType<StaffTask["task"]> = z.enum(["post_certificate", "post_receipt"]);
export const caseEnded: z.ZodType<Case["ended"]> = z
  .object({ how: z.enum(["declined", "withdrawn"]), reason: text, at: instant })
  .nullable();

export const approval: z.ZodType<Approval> = z.object({ checker: actor, approvedAt: instant, number: text });

export const application: z.ZodType<Application> = z.object({
  ordererName: words,
  contractorName: words,
  jointVentureName: words,
  worksTitle: words,
  worksNumber: words,
  contractPriceYen: yen.nullable(),
  contractDate: day.nullable(),
  worksFrom: day.nullable(),
  worksUntil: day.nullable(),
  guarantees: z.array(requested),
  handlingBranch: words,
  completionNotice: z.boolean().nullable(),
  completionEmail: words,
  directSubmission: z.boolean().nullable(),
  contact: z.object({ department: words, title: words, name: words, phone: words }),
  message: words,
});

export const problems: z.ZodType<Problem[]> = z.array(
  z.object({ field: text, code: z.enum(PROBLEM_CODES), text }),
);

const checkCode: z.ZodType<Check["code"]> = z.enum([
  "electronic_accepted",
  "ratio_within",
  "performance_with_advance",
  "interim_certified",
  "advance_guarantee",
  "sender_registered",
  "contractor_registered",
  "orderer_registered",
  "complete",
]);

export const reviews: z.ZodType<CheckReview[]> = z.array(
  z.object({
    code: checkCode,
    kind: guaranteeKind.nullable(),
    of: text,
    note: text,
    by: actor,
    at: instant,
  }),
);

export const checks: z.ZodType<Check[]> = z.array(
  z.object({
    code: checkCode,
    kind: guaranteeKind.nullable(),
    verdict: z.enum(["pass", "fail", "unknown"]),
    measured: text,
    reason: text,
    rule: text,
    source: text,
  }),
);

/** What a letter's reading left for staff; one column, so that both are erased together. */
export const understanding = z.object({ evidence: evidenceList, problems: problems.nullable() });

/** Only the outline: what a message says is checked by whoever words it. */
export const slackPost = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("card"), caseId: text }),
  z.looseObject({
    kind: z.literal("thread"),
    cause: text,
    caseId: text,
    content: z.looseObject({ event: text }),
  }),
  z.looseObject({
    kind: z.literal("file"),
    cause: text,
    caseId: text,
    documentId: text,
    filename: text,
    title: text,
  }),
  z.looseObject({ kind: z.literal("desk"), cause: text, content: z.looseObject({ event: text }) }),
]);
