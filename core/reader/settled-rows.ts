/** Rows as they are meant: of a state before and after a change the later, of two parties the contractor, of a letter's subject its works. */
import { foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";
import type { Row, Source } from "./source.ts";

/** Fields whose earlier state people write beside the later one. */
const CHANGING: Row["field"][] = ["contractPriceYen", "guaranteedYen", "period", "worksFrom", "worksUntil"];
/** Lines of a party's block: address, name, representative. */
const BLOCK_LINES = 3;

/** The rows of one source, seen together. */
export function settledRows(rows: Row[], source: Source, labels: Labels): Row[] {
  const states = rows.map((row) => stateOf(row, source, labels));
  const isReplaced = (row: Row, at: number) =>
    states[at] === "old" && rows.some((one, i) => states[i] === "new" && one.field === row.field);
  return rows
    .filter((row, at) => !isReplaced(row, at))
    .flatMap((row) => {
      const value = nameIn(row, source, labels);
      // Where nothing of it is a name, nothing was named.
      return value === "" && row.value !== "" ? [] : [{ ...row, value }];
    });
}

function nameIn(row: Row, source: Source, labels: Labels): string {
  if (row.field === "contractorName") return contractorIn(row, source, labels);
  return row.field === "worksTitle" ? titleIn(row.value, labels) : row.value;
}

/** Does the line say of its value that it is the one before, or after, a change? */
function stateOf(row: Row, source: Source, { tokens }: Labels): "old" | "new" | null {
  if (!CHANGING.includes(row.field) || row.cell !== null) return null;
  const line = foldWidth(source.lines[row.line] ?? "");
  if (tokens.stateBefore.test(line)) return "old";
  return tokens.stateAfter.test(line) ? "new" : null;
}

/** Of a value that names both parties, and of a block that begins with an address, the contractor's own name. */
function contractorIn(row: Row, source: Source, labels: Labels): string {
  const { tokens, legalForm } = labels;
  if (tokens.bothParties.test(row.value)) return tokens.contractorMarked.exec(row.value)?.[1]?.trim() ?? "";
  const parts = row.value.split(/\s+/u);
  const company = parts.findIndex((part) => legalForm.test(part));
  // "Address, company" on one line.
  if (company > 0 && tokens.address.test(parts.slice(0, company).join("")))
    return parts.slice(company).join(" ");
  if (!tokens.address.test(row.value) || company >= 0) return row.value;
  const below = source.lines
    .slice(row.line + 1, row.line + 1 + BLOCK_LINES)
    .map((line) => foldWidth(line).trim());
  return below.find((line) => legalForm.test(line) && !/[:\d]/u.test(line)) ?? row.value;
}

/** "Subject: the guarantee of X" names the letter; X is the works only where it reads like a title. */
function titleIn(value: string, { tokens }: Labels): string {
  if (!tokens.subjectTail.test(value)) return value;
  const title = value.replace(tokens.subjectTail, "");
  return tokens.titleEnd.test(title) ? title : "";
}
