/** Rows and hints → an application, with everything in it that is missing, contradictory or impossible. */
import { formatJapaneseDay } from "../dates.ts";
import { formatYen } from "../money.ts";
import type { Application, Day, Problem, Yen } from "../terms.ts";
import { foldForComparison } from "../text.ts";
import { readCommon } from "./contact.ts";
import type { Report } from "./evidence.ts";
import { makeProblem, resolveText, rowsOf } from "./findings.ts";
import type { Labels } from "./labels.ts";
import { readGuarantees } from "./products.ts";
import type { ProseHints } from "./prose.ts";
import { type Row, type Source, sourceOf } from "./source.ts";
import { doubtUnits } from "./units.ts";
import { dayFinding, periodFindings, yenFinding } from "./values.ts";
import {
  contractDate,
  contractPrice,
  ordererName,
  parties,
  preferLabelled,
  texts,
  worksPeriod,
} from "./works.ts";

/**
 * Reads the application. `titles` are subject and headings, asked only when nothing else names a
 * product; `background` is what a correction answers to.
 */
export function readApplication(
  labelled: Row[],
  hints: ProseHints,
  context: { titles: string; background: string; isInquiry: boolean },
  labels: Labels,
): { application: Application } & Report {
  const report: Report = { problems: [], evidence: [] };
  const rows = doubtUnits([...labelled, ...proseRows(labelled, hints, labels)], labels);
  const orderer = ordererName(rows, hints.ordererName, labels, report);
  const { contractorName, jointVentureName } = parties(rows, hints.contractorName, labels, report);
  const worksTitle = resolveText(
    preferLabelled(texts(rows, "worksTitle", labels), hints.worksTitle),
    "worksTitle",
    labels,
    report,
  );
  const worksNumber = resolveText(texts(rows, "worksNumber", labels), "worksNumber", labels, report);
  const contractPriceYen = contractPrice(rows, "contractPriceYen", labels, report);
  const signed = contractDate(rows, "contractDate", labels, report);
  const period = worksPeriod(rows, "", labels, report);
  const guarantees = readGuarantees(
    rows,
    { ...context, form: hints.form, formKinds: hints.formKinds, price: contractPriceYen },
    labels,
    report,
  );
  const common = readCommon(rows, hints.directSubmission, labels, report);
  const application: Application = {
    ordererName: orderer,
    contractorName,
    jointVentureName,
    worksTitle,
    worksNumber,
    contractPriceYen,
    contractDate: signed,
    ...period,
    guarantees,
    ...common,
  };
  report.problems.push(...contradictions(application, labels));
  return { application, ...report };
}

/** What sentences say of price and day of the contract, as rows, where no label states it. */
function proseRows(rows: Row[], hints: ProseHints, labels: Labels): Row[] {
  const source = sourceOf([], { origin: "body", format: "text", name: "" });
  const isStated = (field: Row["field"]) => rows.some((row) => row.field === field && row.value !== "");
  const stated = (["contractPriceYen", "contractDate"] as const).flatMap((field) =>
    isStated(field) ? [] : hints[field].map((value): Row => ({ ...PROSE_ROW, field, value, source })),
  );
  const amounts = hints.requested
    .filter(({ kind }) => !rows.some((row) => row.product === kind && hasYen(row, labels)))
    .map(
      ({ kind, amount }): Row => ({
        ...PROSE_ROW,
        field: "guaranteedYen",
        product: kind,
        value: amount,
        source,
      }),
    );
  const wishes = isStated("completionNotice")
    ? []
    : hints.tellWhenIssued.map((sentence): Row => {
        const said = sourceOf([{ text: sentence, number: 0 }], { origin: "body", format: "text", name: "" });
        const [value = ""] = labels.choices.wish.true;
        return { ...PROSE_ROW, field: "completionNotice", value, line: 0, source: said };
      });
  const forms = hints.forms.map(
    ({ kind, word }): Row => ({ ...PROSE_ROW, field: "form", product: kind, value: word, source }),
  );
  const replaced = forms.length > 0 ? rows.filter((row) => row.field === "form" && row.prose) : [];
  for (const row of replaced) row.value = "";
  return [...stated, ...amounts, ...forms, ...wishes, ...namedRows(hints, isStated, source)];
}

/** Names that sentences give by their shape, and whom to call. */
function namedRows(
  { shapes, contact, bankMoved }: ProseHints,
  isStated: (field: Row["field"]) => boolean,
  source: Source,
): Row[] {
  const row = (field: Row["field"], value: string): Row[] =>
    value === "" || isStated(field) ? [] : [{ ...PROSE_ROW, field, value, source }];
  const [bank = "", otherBank] = bankMoved.length > 0 ? bankMoved : shapes.banks;
  const [venture = "", otherVenture] = shapes.ventures;
  const [person, otherPerson] = contact;
  const hasContact = isStated("name") || isStated("phone") || isStated("department");
  return [
    ...(otherBank === undefined ? row("depositBank", bank) : []),
    ...(otherVenture === undefined && !isStated("contractorName") ? row("jointVentureName", venture) : []),
    ...(person && !otherPerson && !hasContact
      ? [...row("department", person.department), ...row("name", person.name), ...row("phone", person.phone)]
      : []),
  ];
}

const hasYen = (row: Row, labels: Labels): boolean =>
  (row.field === "guaranteedYen" || row.field === "product") && yenFinding(row, labels).some((f) => f.ok);

const PROSE_ROW = {
  product: null,
  qualifier: "",
  unit: 1,
  prose: true,
  header: false,
  doubtful: false,
  line: -1,
  cell: null,
} as const;

const REQUIRED = [
  "ordererName",
  "contractorName",
  "worksTitle",
  "contractPriceYen",
  "worksFrom",
  "worksUntil",
  "contractDate",
] as const;

/** What an application must say and does not (contract section 3). A field that already has a problem is not also missing. */
export function missingFields(application: Application, known: Problem[], labels: Labels): Problem[] {
  const reported = new Set(known.map((problem) => problem.field));
  const missing: Problem[] = [];
  const require = (field: string, value: unknown) => {
    if (value === null && !reported.has(field)) missing.push(makeProblem(labels, field, "missing"));
  };
  for (const field of REQUIRED) require(field, application[field]);
  if (application.guarantees.length === 0) missing.push(makeProblem(labels, "guarantees", "missing"));
  for (const guarantee of application.guarantees) {
    const fields =
      guarantee.kind === "performance"
        ? (["form", "guaranteedYen"] as const)
        : (["form", "guaranteedYen", "depositBank", "redeposit"] as const);
    for (const field of fields) require(`guarantees.${guarantee.kind}.${field}`, guarantee[field]);
  }
  if (
    application.completionNotice === true &&
    application.completionEmail === null &&
    !reported.has("completionEmail")
  ) {
    missing.push(makeProblem(labels, "completionEmail", "missing"));
  }
  return missing;
}

/** Values that are each readable and cannot be true together. */
export function contradictions(a: Application, labels: Labels): Problem[] {
  const problems: Problem[] = [];
  const report = (
    field: string,
    code: "inconsistent" | "out_of_range",
    value: Yen | Day,
    sentence?: string,
  ) => {
    // In the notation of the letter's own table, so that its reader recognises the value.
    const read = typeof value === "number" ? formatYen(value) : formatJapaneseDay(value);
    problems.push(makeProblem(labels, field, code, { read, ...(sentence ? { sentence } : {}) }));
  };
  if (a.contractPriceYen !== null && a.contractPriceYen <= 0)
    report("contractPriceYen", "out_of_range", a.contractPriceYen);
  if (a.worksFrom && a.worksUntil && a.worksUntil < a.worksFrom)
    report("worksUntil", "inconsistent", a.worksUntil, "end_before_start");
  else if (a.contractDate && a.worksUntil && a.worksUntil < a.contractDate)
    report("worksUntil", "inconsistent", a.worksUntil, "end_before_contract");
  for (const g of a.guarantees) {
    const path = `guarantees.${g.kind}`;
    if (g.guaranteedYen !== null && g.guaranteedYen <= 0)
      report(`${path}.guaranteedYen`, "out_of_range", g.guaranteedYen);
    if (a.contractPriceYen === null) continue;
    if (g.guaranteedYen !== null && g.guaranteedYen > a.contractPriceYen)
      report(`${path}.guaranteedYen`, "inconsistent", g.guaranteedYen, "above_price");
    if (g.fiscalYearYen !== null && g.fiscalYearYen > a.contractPriceYen)
      report(`${path}.fiscalYearYen`, "inconsistent", g.fiscalYearYen, "above_price");
  }
  return problems;
}

/** Two different works: several titles, and another value that differs as well or titles of one and the same form. */
export function hasTwoWorks(rows: Row[], hints: ProseHints, labels: Labels): boolean {
  const labelled = rowsOf(rows, "worksTitle");
  const distinct = (values: string[]) => new Set(values.map(foldForComparison)).size;
  const titles = labelled.flatMap((row) => textsOf(row, labels));
  if (labelled.length === 0)
    return (
      distinct(amounts(rows, labels)) > 1 &&
      (distinct(hints.worksTitle) > 1 || distinct(ends(rows, labels)) > 1)
    );
  if (distinct(titles) < 2) return false;
  const bySource = new Map<unknown, string[]>();
  for (const row of labelled)
    bySource.set(row.source, [...(bySource.get(row.source) ?? []), ...textsOf(row, labels)]);
  if ([...bySource.values()].some((values) => distinct(values) > 1)) return true;
  const dates = rowsOf(rows, "contractDate")
    .flatMap((row) => dayFinding(row, labels))
    .flatMap((f) => (f.ok ? [f.value] : []));
  return distinct(amounts(rows, labels)) > 1 || distinct(dates) > 1;
}

const textsOf = (row: Row, labels: Labels): string[] =>
  texts([row], "worksTitle", labels).flatMap((f) => (f.ok ? [f.value] : []));

const ends = (rows: Row[], labels: Labels): string[] =>
  rowsOf(rows, "period")
    .flatMap((row) => periodFindings(row, labels).until)
    .flatMap((f) => (f.ok ? [f.value] : []));

const amounts = (rows: Row[], labels: Labels): string[] =>
  rowsOf(rows, "contractPriceYen")
    .flatMap((row) => yenFinding(row, labels))
    .flatMap((f) => (f.ok ? [String(f.value)] : []));
