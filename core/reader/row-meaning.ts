/** What a row means once all rows of its source are known: labels whose meaning hangs on their value or neighbours. */
import { parsePeriod } from "../dates.ts";
import { foldText, foldWidth } from "../text.ts";
import { readChoice } from "./choice.ts";
import type { FieldName, Labels } from "./labels.ts";
import type { Row, Source } from "./source.ts";

/** Whom to call: on a paper copied into the letter that is somebody else. */
const PERSONAL: FieldName[] = ["department", "title", "name", "phone", "weakPhone", "email"];

/** The rows of a source under their final names; what belongs to others is left out. */
export function meantRows(rows: Row[], source: Source, labels: Labels): Row[] {
  const copied = source.lines.findIndex((raw) => labels.tokens.copiedStart.test(foldWidth(raw)));
  const isTheirs = (row: Row) => copied >= 0 && row.line > copied && PERSONAL.includes(row.field);
  return rows
    .filter((row, i) => !isTheirs(row) && !isOrderersUnit(row, rows[i - 1]))
    .map((row) => ({ ...row, ...meaning(row, rows, labels) }));
}

/** The section that stands right below the orderer is the orderer's. */
const isOrderersUnit = (row: Row, above: Row | undefined): boolean =>
  row.field === "department" && above?.field === "ordererName" && row.line - above.line === 1;

function meaning(row: Row, rows: Row[], labels: Labels): Partial<Row> {
  const { tokens } = labels;
  const hasPrice = () => rows.some(({ field }) => field === "contractPriceYen");
  switch (row.field) {
    case "counterparty":
      return { field: isOffice(row.value, labels) ? "ordererName" : "contractorName" };
    case "contractPriceYen":
      return labels.companyMark.test(foldText(row.value)) && !tokens.hasAmount.test(row.value)
        ? { field: "contractorName" }
        : {};
    case "worksFrom":
      return isWholePeriod(row.value) ? { field: "period" } : {};
    case "electronicUse":
      return { field: "form", value: mediumOf(row.value, labels) };
    case "branchName":
      // In a sentence about a bank it is the bank's.
      return { field: row.prose && tokens.bank.test(foldWidth(lineOf(row))) ? "ignored" : "handlingBranch" };
    case "fee":
      return { field: tokens.feeWay.test(row.value) ? "feePayment" : "ignored" };
    case "bidPrice":
      return { field: hasPrice() ? "ignored" : "contractPriceYen" };
    case "bareAmount":
      // With a word on tax it is the price, beside a price it is the amount guaranteed, and alone nobody can tell.
      if (tokens.taxWord.test(`${row.qualifier} ${row.value}`)) return { field: "contractPriceYen" };
      return { field: "guaranteedYen", doubtful: !hasPrice() };
    default:
      return {};
  }
}

const lineOf = ({ source, line }: Row): string => source.lines[line] ?? "";

/** "The other party" is the orderer when the value is an office's head, else the contractor. */
function isOffice(value: string, { tokens, legalForm }: Labels): boolean {
  const name = foldText(value);
  return tokens.nameEnd.test(name) && !legalForm.test(name);
}

/** "From … until …" behind the label of the beginning. */
function isWholePeriod(value: string): boolean {
  const { from, until } = parsePeriod(value);
  return from?.ok === true && until?.ok === true;
}

/** Yes to the electronic guarantee is its medium, no is the other one; anything else is what it says. */
function mediumOf(value: string, labels: Labels): string {
  const { wish, redeposit, form } = labels.choices;
  const options: [boolean, string[]][] = [
    [true, [...wish.true, ...redeposit.true]],
    [false, [...wish.false, ...redeposit.false]],
  ];
  const choice = readChoice(value, options, labels);
  return choice.ok ? ((choice.value ? form.electronic[0] : form.paper[0]) ?? value) : value;
}
