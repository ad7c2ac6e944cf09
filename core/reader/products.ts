/** The values of each product that a letter asks for. */
import { formatYen, parsePercentages, parseYen } from "../money.ts";
import { GUARANTEE_KINDS, type GuaranteeKind, type Medium, type RequestedGuarantee } from "../terms.ts";
import { foldCode } from "../text.ts";
import { type Asked, askedProducts, hasDeposit, isRefusal } from "./asked-products.ts";
import { readChoice } from "./choice.ts";
import { wishFindings } from "./contact.ts";
import type { Report } from "./evidence.ts";
import { type Finding, makeProblem, resolve, resolveText, rowsOf } from "./findings.ts";
import { isProductField, type Labels } from "./labels.ts";
import { assignRows } from "./product-rows.ts";
import { formOptions } from "./prose.ts";
import type { Row } from "./source.ts";
import { yenFinding } from "./values.ts";
import { texts } from "./works.ts";

const NUMBER = /(?<![\d-])(\d{5})\s*-\s*(\d{6})(?![\d-])/u;

/** Reads every product asked for. `form` is what running text says for all of them. */
export function readGuarantees(
  rows: Row[],
  context: {
    titles: string;
    background: string;
    isInquiry: boolean;
    form: Medium | null;
    formKinds: GuaranteeKind[];
    price: number | null;
  },
  labels: Labels,
  report: Report,
): RequestedGuarantee[] {
  const { titles, background, isInquiry, form, formKinds, price } = context;
  const asked = askedProducts(rows, titles, labels, { background, isInquiry });
  const homeless = rows.find(
    (row) => isProductField(row.field) && row.value !== "" && !labels.blankValue.test(row.value),
  );
  if (asked.kinds.length === 0 && homeless && background !== "") {
    report.problems.push(
      makeProblem(labels, "guarantees", "ambiguous", {
        read: homeless.value,
        need: "guarantees",
        sentence: "ambiguousOne",
      }),
    );
  }
  // "Both on paper, please" changes the products it names.
  if (background !== "" && form !== null)
    asked.kinds = GUARANTEE_KINDS.filter((kind) => asked.kinds.includes(kind) || formKinds.includes(kind));
  const own = assignRows(rows, asked.kinds, labels);
  reportUntickedAmounts(rows, asked, labels, report);
  const saidOf = (kind: GuaranteeKind) => (formKinds.length === 0 || formKinds.includes(kind) ? form : null);
  return asked.kinds.map((kind) => readOne(kind, own.get(kind) ?? [], saidOf(kind), price, labels, report));
}

function reportUntickedAmounts(rows: Row[], asked: Asked, labels: Labels, report: Report): void {
  for (const kind of GUARANTEE_KINDS) {
    const amount = rows.find(
      (row) =>
        row.product === kind &&
        row.field === "guaranteedYen" &&
        parseYen(row.value).ok &&
        !labels.tokens.zeroCell.test(row.value),
    );
    const said = asked.refused.has(kind);
    reportLoneNumber(kind, rows, asked, labels, report);
    if (!said) continue;
    const field = `guarantees.${kind}`;
    if (asked.kinds.includes(kind)) {
      const refusal = rows.find(
        (row) => row.product === kind && row.field === "product" && isRefusal(row.value, labels),
      );
      if (refusal)
        report.problems.push(
          makeProblem(labels, field, "ambiguous", { read: refusal.value, sentence: "asked_and_refused" }),
        );
    } else if (amount)
      report.problems.push(
        makeProblem(labels, field, "ambiguous", { read: amount.value, sentence: "unticked_with_amount" }),
      );
  }
}

/** A form that names the advance payment's guarantee for an interim one, and nothing else of it, may want it or not. */
function reportLoneNumber(
  kind: GuaranteeKind,
  rows: Row[],
  asked: Asked,
  labels: Labels,
  report: Report,
): void {
  const lone = rows.find(
    (row) =>
      row.product === kind && row.field === "advanceGuaranteeNumber" && !row.prose && /\d/u.test(row.value),
  );
  if (lone && kind === "interim_advance_payment" && !asked.kinds.includes(kind) && !asked.refused.has(kind))
    report.problems.push(
      makeProblem(labels, `guarantees.${kind}`, "ambiguous", {
        read: lone.value,
        sentence: "unticked_with_amount",
      }),
    );
}

function readOne(
  kind: GuaranteeKind,
  rows: Row[],
  form: Medium | null,
  price: number | null,
  labels: Labels,
  report: Report,
): RequestedGuarantee {
  const path = (field: string) => `guarantees.${kind}.${field}`;
  const text = (field: Row["field"]) => resolveText(texts(rows, field, labels), path(field), labels, report);
  const amounts = amountFindings(rows, labels);
  const guaranteedYen = resolve(amounts, path("guaranteedYen"), "yen", String, labels, report);
  // A performance guarantee is a part of the whole price: only payments have a year of their own.
  const fiscalYearYen = hasDeposit(kind)
    ? resolve(
        rowsOf(rows, "fiscalYearYen").flatMap((row) => yenFinding(row, labels)),
        path("fiscalYearYen"),
        "yen",
        String,
        labels,
        report,
      )
    : null;
  const forms = formFindings(rows, labels);
  const redeposits = choiceFindings(
    rows,
    "redeposit",
    [
      [true, labels.choices.redeposit.true],
      [false, labels.choices.redeposit.false],
    ],
    labels,
  );
  const said: Finding<Medium>[] =
    forms.length === 0 && form !== null ? [{ ok: true, value: form, read: "" }] : forms;
  checkRatio(kind, rows, guaranteedYen, fiscalYearYen ?? price, labels, report);
  return {
    kind,
    form: resolve(said, path("form"), "form", String, labels, report),
    guaranteedYen,
    fiscalYearYen,
    depositBank: hasDeposit(kind) ? text("depositBank") : null,
    redeposit: hasDeposit(kind)
      ? resolve(redeposits, path("redeposit"), "redeposit", String, labels, report)
      : null,
    feePayment: text("feePayment"),
    feeBillTo: text("feeBillTo"),
    paperFeeStatement: resolve(
      wishFindings(rows, "paperFeeStatement", labels),
      path("paperFeeStatement"),
      "choice",
      String,
      labels,
      report,
    ),
    advanceGuaranteeNumber:
      kind === "interim_advance_payment"
        ? advanceNumber(rows, path("advanceGuaranteeNumber"), labels, report)
        : null,
  };
}

function amountFindings(rows: Row[], labels: Labels): Finding<number>[] {
  const beside = rowsOf(rows, "product").filter(
    ({ value }) => labels.tokens.hasAmount.test(value) || parsePercentages(value).length > 0,
  );
  const ratios = rowsOf(rows, "ratio")
    .flatMap((row) => yenFinding(row, labels))
    .filter((f) => !f.ok && f.sentence === "percentage");
  const own = [...rowsOf(rows, "guaranteedYen"), ...beside].flatMap((row) => yenFinding(row, labels));
  const stated = own.filter((f) => f.ok || !/^\D*0(?:\.0+)?\s*%\D*$/u.test(f.read));
  return stated.length > 0 ? stated : ratios;
}

function choiceFindings<T>(
  rows: Row[],
  field: Row["field"],
  options: [T, string[]][],
  labels: Labels,
): Finding<T>[] {
  return rowsOf(rows, field).flatMap((row): Finding<T>[] => {
    if (row.value === "") return [];
    const value = row.value.replace(labels.tokens.changedFrom, "");
    const choice = readChoice(value, options, labels);
    if (choice.ok) return [{ ok: true, value: choice.value, read: row.value, row }];
    return choice.reason === "absent" || labels.blankValue.test(value)
      ? []
      : [{ ok: false, code: choice.reason, read: row.value }];
  });
}

/** The medium, from its own label or from a remark beside the product's name or amount. */
function formFindings(rows: Row[], labels: Labels): Finding<Medium>[] {
  const options = formOptions(labels);
  const beside = [...rowsOf(rows, "product"), ...rowsOf(rows, "guaranteedYen")].flatMap(
    (row): Finding<Medium>[] => {
      const choice = readChoice(row.value, options, labels);
      if (choice.ok) return [{ ok: true, value: choice.value, read: row.value, row }];
      return choice.reason === "ambiguous" ? [{ ok: false, code: "ambiguous", read: row.value }] : [];
    },
  );
  return [...choiceFindings(rows, "form", options, labels), ...beside];
}

function advanceNumber(rows: Row[], field: string, labels: Labels, report: Report): string | null {
  const found = [...rowsOf(rows, "advanceGuaranteeNumber"), ...rowsOf(rows, "guaranteeNumber")].flatMap(
    (row): Finding<string>[] => {
      const match = NUMBER.exec(foldCode(row.value));
      if (match) return [{ ok: true, value: `${match[1]}-${match[2]}`, read: row.value, row }];
      return row.value === "" || labels.blankValue.test(row.value)
        ? []
        : [{ ok: false, code: "unreadable", read: row.value }];
    },
  );
  return resolve(found, field, "guaranteeNumber", String, labels, report);
}

/** Orderers round what a percentage comes to down to whole units of these: a stated percentage still fits the amount. */
const ROUNDED_DOWN_TO = [1, 10, 100, 1_000, 10_000, 100_000];

/** A stated percentage must fit the stated amount (0.0 % is what a blank form prints). */
function checkRatio(
  kind: GuaranteeKind,
  rows: Row[],
  yen: number | null,
  base: number | null,
  labels: Labels,
  report: Report,
): void {
  if (yen === null || base === null || base <= 0) return;
  const own = rows.filter((row) => ["guaranteedYen", "product", "ratio"].includes(row.field));
  const stated = own
    .flatMap((row) => [...parsePercentages(row.value), ...parsePercentages(row.qualifier)])
    .filter((p) => p.percent > 0);
  for (const { percent, decimals } of stated) {
    const slack = 0.5 * 10 ** -decimals;
    const most = (base * (percent + (decimals > 0 ? slack : 0.05))) / 100;
    const unit = Math.max(...ROUNDED_DOWN_TO.filter((one) => yen % one === 0));
    const least = (base * (percent - (decimals > 0 ? slack : 0.05))) / 100 - Math.min(unit, base / 20);
    if (yen > most + 1 || yen < least) {
      report.problems.push(
        makeProblem(labels, `guarantees.${kind}.guaranteedYen`, "inconsistent", {
          read: `${formatYen(yen)} / ${percent}%`,
          sentence: "ratio_disagrees",
        }),
      );
      return;
    }
  }
}
