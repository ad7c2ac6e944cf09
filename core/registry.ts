import { z } from "zod";
import { GUARANTEE_KINDS } from "./terms.ts";

/** Shapes of the two registries: what `orderers import` and `contractors import` accept and what is stored. */

const day = z.iso.date();
/** A start: a day, a month (the day inside it is unknown) or null (unknown). */
const start = z.union([day, z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)]).nullable();
const end = day.nullable();
const products = z.array(z.enum(GUARANTEE_KINDS)).min(1);
const address = z.email().max(254);

export const WORK_KINDS = ["works", "design", "survey", "consulting", "other"] as const;
export type WorkKind = (typeof WORK_KINDS)[number];
export const GUARANTOR_KINDS = ["surety_company", "insurer", "bank"] as const;
export const ACCEPTANCE_BASES = [
  "contract",
  "initial_contract",
  "announcement",
  "designation",
  "announcement_or_designation",
  "bid",
  "planned_notice",
  "procurement_start",
  "orderer_approved",
  "calendar",
] as const;

const mailbox = z
  .strictObject({
    address: address.nullable().default(null),
    domain: z
      .string()
      .regex(/^[a-z0-9.-]+\.[a-z]{2,}$/)
      .nullable()
      .default(null),
    office: z.string().max(100).nullable().default(null),
    /** Empty: every product. */
    products: z.array(z.enum(GUARANTEE_KINDS)).default([]),
    from: start.default(null),
    until: end.default(null),
    confirmed: z.boolean().default(false),
  })
  .refine((m) => (m.address === null) !== (m.domain === null), {
    error: "exactly one of address and domain",
  });

const acceptanceRule = z.strictObject({
  products,
  workKinds: z.array(z.enum(WORK_KINDS)).min(1),
  guarantorKinds: z.array(z.enum(GUARANTOR_KINDS)).min(1),
  basis: z.enum(ACCEPTANCE_BASES),
  from: start,
  until: end.default(null),
  appliesToAmendments: z.enum(["yes", "no", "unknown"]).default("unknown"),
  needsNamedApproval: z.boolean().default(false),
  paperAllowed: z.boolean().default(true),
  summary: z.string().max(1000),
  source: z.string().max(1000),
});

const route = z.strictObject({
  products,
  kind: z.enum(["mail", "e_contract", "e_form", "fax", "paper", "in_person"]),
  to: z.array(address).default([]),
  cc: z.array(address).default([]),
  subjectTemplate: z.string().max(300).nullable().default(null),
  bodyItems: z.array(z.string().max(300)).default([]),
  extraDocuments: z.array(z.string().max(300)).default([]),
  timing: z.enum(["before_contract", "with_contract", "with_invoice", "any"]).default("any"),
  confirmByPhone: z.boolean().default(false),
  note: z.string().max(1000).nullable().default(null),
  from: start.default(null),
  until: end.default(null),
});

const ratio = z.number().min(0).max(1).nullable().default(null);
const amountRule = z.strictObject({
  products,
  workKinds: z.array(z.enum(WORK_KINDS)).min(1),
  ratioMax: ratio,
  totalRatioMax: ratio,
  ratioMin: ratio,
  lowBidRatioMin: ratio,
  roundDownYen: z.int().positive().nullable().default(null),
  contractMinYen: z.int().nonnegative().nullable().default(null),
  daysMin: z.int().nonnegative().nullable().default(null),
  from: start.default(null),
  until: end.default(null),
});

export const ordererSchema = z.strictObject({
  name: z.string().min(1).max(100),
  certificateName: z.string().min(1).max(100),
  prefecture: z.string().min(1).max(10),
  branch: z.string().max(100).nullable().default(null),
  slackChannel: z.string().max(30).nullable().default(null),
  mailboxes: z.array(mailbox).default([]),
  acceptance: z.array(acceptanceRule).default([]),
  routes: z.array(route).default([]),
  amounts: z.array(amountRule).default([]),
  dryRun: z.boolean().default(false),
});

export const contractorSchema = z.strictObject({
  name: z.string().min(1).max(200),
  address: z.string().min(1).max(300),
  representative: z.string().min(1).max(100),
  addresses: z.array(address).default([]),
  lumpFee: z.boolean().default(false),
  branch: z.string().max(100).nullable().default(null),
});

export const orderersFile = z.array(ordererSchema).max(5000);
export const contractorsFile = z.array(contractorSchema).max(100_000);

/** An orderer as registered (発注者). */
export type Orderer = z.infer<typeof ordererSchema>;
export type OrdererMailbox = z.infer<typeof mailbox>;
export type AcceptanceRule = z.infer<typeof acceptanceRule>;
export type SubmissionRoute = z.infer<typeof route>;
export type AmountRule = z.infer<typeof amountRule>;
/** A contractor as registered (受注者). A key goes only to one of its `addresses`. */
export type Contractor = z.infer<typeof contractorSchema>;

/** A registry entry as stored. */
export type Registered<T> = T & { id: string };

/** What is wrong in a registry file and where: `3.mailboxes.0.address`. */
export interface FileFault {
  path: string;
  message: string;
}

export function faultsOf(error: z.ZodError): FileFault[] {
  return error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
}

/** Whether an entry with a start and an end holds on a day; a start known only by its month counts from its first day. */
export function isValidOn(
  { from, until }: { from: string | null; until: string | null },
  day: string,
): boolean {
  return (from === null || day >= from) && (until === null || day <= until);
}
