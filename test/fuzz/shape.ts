/** What every reading is, whatever was read: contract section 3 as a schema, and the rules that bind values to problems. */
import { z } from "zod";
import {
  GUARANTEE_KINDS,
  LETTER_KINDS,
  PROBLEM_CODES,
  type Problem,
  type Reading,
} from "../../core/terms.ts";

/** A value is a line of a letter at most; longer ones were read off something that is no value. */
const VALUE_CHARS = 2_000;
/** More problems than an answer could tell anybody: 500 pairs may each lack two things. */
const PROBLEMS = 1_500;

const text = z.string().min(1).max(VALUE_CHARS);
const yen = z.int().nonnegative();
const day = z.iso.date();
const guaranteeNumber = z.string().regex(/^\d{5}-\d{6}$/);

const guarantee = z.strictObject({
  kind: z.enum(GUARANTEE_KINDS),
  form: z.enum(["electronic", "paper"]).nullable(),
  guaranteedYen: yen.nullable(),
  fiscalYearYen: yen.nullable(),
  depositBank: text.nullable(),
  redeposit: z.boolean().nullable(),
  feePayment: text.nullable(),
  feeBillTo: text.nullable(),
  paperFeeStatement: z.boolean().nullable(),
  advanceGuaranteeNumber: guaranteeNumber.nullable(),
});

const application = z.strictObject({
  ordererName: text.nullable(),
  contractorName: text.nullable(),
  jointVentureName: text.nullable(),
  worksTitle: text.nullable(),
  worksNumber: text.nullable(),
  contractPriceYen: yen.nullable(),
  contractDate: day.nullable(),
  worksFrom: day.nullable(),
  worksUntil: day.nullable(),
  guarantees: z.array(guarantee).max(GUARANTEE_KINDS.length),
  handlingBranch: text.nullable(),
  completionNotice: z.boolean().nullable(),
  completionEmail: text.nullable(),
  directSubmission: z.boolean().nullable(),
  contact: z.strictObject({
    department: text.nullable(),
    title: text.nullable(),
    name: text.nullable(),
    phone: text.nullable(),
  }),
  message: text.nullable(),
});

const query = z.strictObject({
  number: guaranteeNumber.nullable(),
  key: z
    .string()
    .regex(/^[A-Za-z0-9]{12}$/)
    .nullable(),
  figures: z.strictObject({
    worksTitle: text.nullable(),
    contractorName: text.nullable(),
    contractPriceYen: yen.nullable(),
    guaranteedYen: yen.nullable(),
    worksFrom: day.nullable(),
    worksUntil: day.nullable(),
    contractDate: day.nullable(),
  }),
  asOf: day.nullable(),
  guarantor: text.nullable(),
});

const reading = z.strictObject({
  kind: z.enum(LETTER_KINDS),
  from: z
    .string()
    .regex(/^[^\s@]+@[^\sA-Z@]+$/)
    .nullable(),
  reference: z
    .string()
    .regex(/^A-\d{6}$/)
    .nullable(),
  application: application.nullable(),
  queries: z.array(query).max(500),
  problems: z
    .array(
      z.strictObject({
        field: z.string().regex(/^[A-Za-z0-9_.]{1,80}$/),
        code: z.enum(PROBLEM_CODES),
        text: z
          .string()
          .max(VALUE_CHARS)
          .regex(/[ぁ-ん].*。$/u),
      }),
    )
    .max(PROBLEMS),
});

/** Fields that an application has or says why not; per product, per product with a deposit, and when a notice is wished. */
const REQUIRED =
  "ordererName contractorName worksTitle contractPriceYen worksFrom worksUntil contractDate".split(" ");

/** What is wrong with the shape of a reading: nothing, or a line each, without the letter's contents. */
export function faultsOf(read: Reading): string[] {
  const parsed = reading.safeParse(read);
  const shape = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `shape: ${issue.path.join(".").replace(/\d+/g, "N")} ${issue.code}`);
  return [...new Set([...shape, ...kindFaults(read), ...valueFaults(read), ...missingFaults(read)])];
}

function kindFaults({ kind, application: read, queries, problems }: Reading): string[] {
  const reads = kind === "application" || kind === "correction" || kind === "fee_inquiry";
  const told = problems.some(({ field }) => field === "application");
  const kinds = read?.guarantees.map((one) => GUARANTEE_KINDS.indexOf(one.kind)) ?? [];
  return [
    ...(read !== null && !reads ? [`kind: ${kind} with an application`] : []),
    ...(read === null && reads && !told ? [`kind: ${kind} without an application, and nothing said`] : []),
    ...(queries.length > 0 && kind !== "verification" ? [`kind: ${kind} with queries`] : []),
    ...(kinds.some((one, at) => at > 0 && one <= (kinds[at - 1] ?? -1)) ? ["guarantees: order"] : []),
    ...(kind === "correction" && problems.some(({ code }) => code === "missing")
      ? problems
          .filter(({ code, field }) => code === "missing" && field !== "from")
          .map(({ field }) => `correction: missing ${general(field)}`)
      : []),
  ];
}

/** Contract section 3: missing, unreadable and ambiguous values are null. */
function valueFaults(read: Reading): string[] {
  return read.problems.flatMap((problem) => {
    // An attachment nobody could open is told of on the application, whose values stand.
    if (problem.field === "application" && problem.code === "unreadable") return [];
    // A product that is asked for and refused stays in the list: it has no null.
    if (/^guarantees\.\w+$/.test(problem.field)) return [];
    if (!["missing", "unreadable", "ambiguous"].includes(problem.code)) return [];
    const value = at(read, problem.field);
    const none = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
    return none ? [] : [`value: ${general(problem.field)} is ${problem.code} and not null`];
  });
}

function missingFaults(read: Reading): string[] {
  if (read.kind === "verification") return halves(read);
  const { application: said } = read;
  if (read.kind !== "application" || said === null) return [];
  const needed = [
    ...REQUIRED,
    ...said.guarantees.flatMap(({ kind }) =>
      ["form", "guaranteedYen", ...(kind === "performance" ? [] : ["depositBank", "redeposit"])].map(
        (name) => `guarantees.${kind}.${name}`,
      ),
    ),
    ...(said.completionNotice === true ? ["completionEmail"] : []),
  ];
  const silent = needed.filter((field) => at(read, field) === null && !isToldOf(read, field));
  const products =
    said.guarantees.length === 0 && !read.problems.some(({ field }) => field.startsWith("guarantees"));
  return [...silent.map((field) => `silent: ${field} is null`), ...(products ? ["silent: no product"] : [])];
}

const halves = (read: Reading): string[] =>
  read.queries.flatMap((one, n) =>
    (["number", "key"] as const)
      .filter((half) => one[half] === null && !isToldOf(read, `queries.${n}.${half}`))
      .map((half) => `silent: queries.N.${half} is null`),
  );

const isToldOf = (read: Reading, field: string): boolean =>
  read.problems.some((problem: Problem) => problem.field === field);

const general = (field: string): string => field.replace(/\d+/g, "N");

/** The value a problem's path names; undefined when there is no such place. */
function at(read: Reading, path: string): unknown {
  const [first = "", ...rest] = path.split(".");
  const inReading = ["from", "reference", "application", "queries"].includes(first);
  if (inReading) return walk(read, [first, ...rest]);
  if (read.application === null) return null;
  if (first !== "guarantees" || rest.length === 0) return walk(read.application, [first, ...rest]);
  const product = read.application.guarantees.find(({ kind }) => kind === rest[0]);
  return walk(product, rest.slice(1));
}

function walk(value: unknown, path: string[]): unknown {
  let place = value;
  for (const name of path) {
    if (typeof place !== "object" || place === null) return undefined;
    place = (place as Record<string, unknown>)[name];
  }
  return place;
}
