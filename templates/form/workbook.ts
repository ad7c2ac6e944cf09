/** The form as a workbook: the only file that knows write-excel-file. */
import writeSheet, { type CellObject, type Row } from "write-excel-file/node";
import {
  getCellAddress,
  getOpeningTagMarkup,
  getOrderOfSiblings,
  getSelfClosingTagMarkup,
  insertElementMarkupAccordingToOrderOfSiblings,
  sanitizeTextContent,
} from "write-excel-file/utility";
import type { Answers, Entry, Form, Section } from "./fields.ts";

type Feature = NonNullable<NonNullable<Parameters<typeof writeSheet>[1]>["features"]>[number];

/** Columns in characters: mark, label, answer, unit. Together as wide as a page between its margins. */
const COLUMNS = [4, 48, 56, 5].map((width) => ({ width }));
const ANSWER_COLUMN = 2;
/** Points. A line is high enough to be written in by hand, and all fits on two pages. */
const ROW = 24;
const FIRST_OF_TWO = 19;
const HINT_ROW = 14;
const EXTRA_LINE = 14;
const GUIDE_ROW = 15;
const GAP_ROW = 9;

const FRAME = { borderStyle: "thin", borderColor: "#8a9199", alignVertical: "center" } as const;
const LABEL = { ...FRAME, align: "left", indent: 1, backgroundColor: "#eef2f6" } as const;
const HEADING = {
  ...FRAME,
  align: "left",
  indent: 1,
  backgroundColor: "#d5e0ea",
  fontWeight: "bold",
} as const;
const OPEN_BELOW = { bottomBorderStyle: "hair", bottomBorderColor: LABEL.backgroundColor } as const;
const OPEN_ABOVE = { topBorderStyle: "hair", topBorderColor: LABEL.backgroundColor } as const;
const QUIET = { fontSize: 9, textColor: "#444444" } as const;
const REQUIRED = { fontWeight: "bold", textColor: "#b3261e" } as const;
const SMALL = { fontSize: 8, textColor: "#555555" } as const;
const TITLE = { fontSize: 16, fontWeight: "bold", align: "center", height: 34 } as const;
/** Written as it is typed: no spreadsheet turns `12-3` into a day, completes a year or drops the zero of a telephone. */
const AS_TYPED = "@";
const GROUPED = "#,##0";
const DAY = "yyyy/m/d";

/** Rows of the sheet, and where in them the answers stand. */
interface Plan {
  rows: Row[];
  answers: { row: number; entry: Entry }[];
  /** Rows a new page begins with. */
  pages: number[];
}

/** The form as bytes of an .xlsx file; `answers` fill it in. */
export async function formWorkbook(form: Form, answers: Answers = new Map()): Promise<Uint8Array> {
  const plan = planOf(form, answers);
  const sheet = { data: plan.rows, sheet: form.sheet, columns: COLUMNS, showGridLines: false };
  const options = { fontFamily: form.typeface, fontSize: 10.5, features: [rulesAndPrint(form, plan)] };
  return writeSheet([sheet], options).toBuffer();
}

function planOf(form: Form, answers: Answers): Plan {
  const plan: Plan = { rows: [], answers: [], pages: [] };
  plan.rows.push(wholeWidth(form.title, TITLE));
  for (const line of form.guide.workbook)
    plan.rows.push(wholeWidth(`・${line}`, { ...QUIET, height: GUIDE_ROW }));
  plan.rows.push([{ height: GAP_ROW }]);
  for (const section of form.sections) addSection(section, form, answers, plan);
  return plan;
}

function addSection(section: Section, form: Form, answers: Answers, plan: Plan): void {
  const { heading, remark, entries } = section;
  if (section.newPage) plan.pages.push(plan.rows.length);
  if (typeof heading === "string") plan.rows.push(wholeWidth(`【${heading}】`, { ...HEADING, height: ROW }));
  else addEntry(heading, HEADING, HEADING, HEADING, answers, plan);
  if (remark !== undefined)
    plan.rows.push(wholeWidth(`〈${remark}〉`, { ...FRAME, ...QUIET, height: GUIDE_ROW }));
  for (const entry of entries) {
    const mark = entry.required
      ? { ...LABEL, ...REQUIRED, value: form.marks.required }
      : { ...LABEL, value: form.marks.optional };
    // A unit beside the amount: small amounts without one could be thousands (contract section 4).
    const unit = { ...LABEL, align: "center", ...(entry.kind === "yen" ? { value: form.yen } : {}) } as const;
    addEntry(entry, LABEL, { ...mark, align: "center" }, unit, answers, plan);
  }
  plan.rows.push(
    COLUMNS.map(() => ({ topBorderStyle: "thin", topBorderColor: FRAME.borderColor, height: GAP_ROW })),
  );
}

/** A line of text across the page. */
const wholeWidth = (value: string, style: CellObject): Row => [
  { value, columnSpan: COLUMNS.length, alignVertical: "center", ...style },
  ...COLUMNS.slice(1).map(() => null),
];

/**
 * Label and answer on one line, so that a printout still reads, and the hint below the label: never in the answer's
 * column, where it would go on with the answer.
 */
function addEntry(
  entry: Entry,
  labelStyle: CellObject,
  mark: CellObject,
  unit: CellObject,
  answers: Answers,
  plan: Plan,
): void {
  const { label, lines, below } = entry;
  const hasHint = below !== "";
  const tall = hasHint || lines > 1;
  const height = (hasHint ? FIRST_OF_TWO : ROW) + (lines - 1) * EXTRA_LINE;
  const place = { rowSpan: hasHint ? 2 : 1, height, alignVertical: tall ? "top" : "center" } as const;
  const labelCell = {
    ...labelStyle,
    ...place,
    rowSpan: 1,
    value: label,
    wrap: true,
    ...(hasHint ? OPEN_BELOW : {}),
  };
  plan.answers.push({ row: plan.rows.length, entry });
  plan.rows.push([
    { ...mark, ...place },
    labelCell,
    { ...answerCell(entry, answers), ...place },
    { ...unit, ...place },
  ]);
  if (!hasHint) return;
  const hint = { ...labelStyle, ...SMALL, ...OPEN_ABOVE, value: `〈${below}〉`, height: HINT_ROW } as const;
  plan.rows.push([null, hint, null, null]);
}

function answerCell({ field, kind }: Entry, answers: Answers): CellObject {
  const value = answers.get(field);
  const style = { ...FRAME, wrap: true, align: "left" } as const;
  if (value === undefined)
    return kind === "yen"
      ? { ...style, type: Number, format: GROUPED }
      : { ...style, type: String, format: AS_TYPED };
  if (value instanceof Date) return { ...style, value, format: DAY };
  if (typeof value === "number") return { ...style, value, format: GROUPED };
  return { ...style, value, format: AS_TYPED };
}

/** What the library leaves out: lists for the cells, and how the sheet is printed (ECMA-376 part 1, §18.3.1). */
function rulesAndPrint(form: Form, plan: Plan): Feature {
  const parts: [name: string, markup: string][] = [
    ["sheetPr", `<sheetPr>${getSelfClosingTagMarkup("pageSetUpPr", { fitToPage: 1 })}</sheetPr>`],
    ["dataValidations", cellRules(form, plan)],
    ["printOptions", getSelfClosingTagMarkup("printOptions", { horizontalCentered: 1 })],
    ["pageMargins", getSelfClosingTagMarkup("pageMargins", MARGINS)],
    // Paper size 9 is A4; a height of 0 takes as many pages as there are.
    [
      "pageSetup",
      getSelfClosingTagMarkup("pageSetup", { paperSize: 9, orientation: "portrait", fitToHeight: 0 }),
    ],
    [
      "headerFooter",
      `<headerFooter><oddFooter>${sanitizeTextContent(`&C${form.page}`)}</oddFooter></headerFooter>`,
    ],
    ["rowBreaks", pageBreaks(plan)],
  ];
  const order = getOrderOfSiblings("xl/worksheets/sheet{id}.xml", "worksheet") ?? [];
  const transform = (sheet: string) =>
    parts.reduce(
      (xml, [, markup]) => insertElementMarkupAccordingToOrderOfSiblings(xml, markup, order, "worksheet"),
      sheet,
    );
  return { files: { transform: { "xl/worksheets/sheet{id}.xml": { transform } } } };
}

/** Inches: room to punch holes at the left, and for the page number below. */
const MARGINS = { left: 0.7, right: 0.5, top: 0.55, bottom: 0.65, header: 0.3, footer: 0.3 };

function cellRules(form: Form, plan: Plan): string {
  const rules = plan.answers.filter(({ entry }) => entry.options.length > 0);
  const markup = rules.map(({ row, entry: { options, otherAllowed } }) => {
    const attributes = {
      type: "list",
      allowBlank: 1,
      ...(otherAllowed ? {} : { showErrorMessage: 1, error: form.wrongOption }),
      sqref: getCellAddress(row, ANSWER_COLUMN),
    };
    const list = `<formula1>${sanitizeTextContent(`"${options.join()}"`)}</formula1>`;
    return `${getOpeningTagMarkup("dataValidation", attributes)}${list}</dataValidation>`;
  });
  return `${getOpeningTagMarkup("dataValidations", { count: rules.length })}${markup.join("")}</dataValidations>`;
}

function pageBreaks({ pages }: Plan): string {
  const breaks = pages.map((id) => getSelfClosingTagMarkup("brk", { id, max: 16_383, man: 1 }));
  const counts = { count: pages.length, manualBreakCount: pages.length };
  return `${getOpeningTagMarkup("rowBreaks", counts)}${breaks.join("")}</rowBreaks>`;
}
