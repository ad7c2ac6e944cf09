import { formatJapaneseDay } from "../../core/dates.ts";
import type { ViewedLetter } from "../../core/desk/letter-view.ts";
import { formatYen } from "../../core/money.ts";
import type { Evidence } from "../../core/terms.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { type Block, divider, heading, type Screen, screens, sections } from "./kit.ts";
import { letterFacts, onePage, SUBJECT_MAX, shortened } from "./letter.ts";

/** A value of a form is shorter; what is longer stands in the original. */
const VALUE_MAX = 500;

/** What the reader understood: each value with its place and how sure that is, then what it could not settle. */
export function readingScreens(viewed: ViewedLetter, page: number, words: BotWords, say: Say): Screen[] {
  const { letter, evidence } = viewed;
  const title = say("reading.heading");
  const values = evidence.map((one) => valueLines(one, words, say));
  const blocks: Block[] = [
    ...heading(title),
    ...sections(letterFacts(viewed, words, say)),
    divider,
    ...(letter.kind === null
      ? sections(say("reading.notRead"))
      : [
          ...sections(
            [say("reading.values", { count: String(values.length) }), ...listed(values, say)].join("\n"),
          ),
          ...sections(problemLines(viewed, say).join("\n")),
        ]),
    ...(viewed.receiptNumber === null
      ? []
      : sections(say("reading.foot", { receiptNumber: viewed.receiptNumber }))),
  ];
  return onePage(
    screens(title, blocks),
    { letterId: letter.id, view: "reading", other: "original", page },
    say,
  );
}

function listed(lines: readonly string[], say: Say): readonly string[] {
  return lines.length === 0 ? [say("none")] : lines;
}

function problemLines({ problems }: ViewedLetter, say: Say): string[] {
  if (problems === null) return [say("reading.problemsUnknown")];
  const lines = problems.map(({ text }) => say("bullet", { text }));
  return [say("reading.problems", { count: String(lines.length) }), ...listed(lines, say)];
}

/** `・label：value`, then where it stands and in which words. */
function valueLines(
  { field, value, written, place, confidence }: Evidence,
  words: BotWords,
  say: Say,
): string {
  const source = {
    place: placeText(place, say),
    written: shortened(written, SUBJECT_MAX, say),
    confidence: say(`reading.confidence.${confidence}`),
  };
  return [
    say("reading.value", {
      label: fieldName(field, words, say),
      value: shortened(readableValue(field, value, say), VALUE_MAX, say),
    }),
    say(written === "" ? "reading.sourceWithout" : "reading.source", source),
  ].join("\n");
}

/** `body line 12`, `attachment "a.xlsx", Sheet1!C7`; a line that is not known is left out. */
function placeText(place: Evidence["place"], say: Say): string {
  if (place === null) return say("reading.place.whole");
  const { origin, document, sheet, line: row, column } = place;
  const where = say(document === null ? `reading.place.${origin}` : `reading.place.${origin}In`, {
    document: shortened(document ?? "", SUBJECT_MAX, say) || say("unknown"),
  });
  if (origin === "subject" || row === null) return where;
  if (column !== null || sheet !== null) {
    const cell = column === null ? say("reading.row", { row: String(row) }) : `${column}${row}`;
    return say("reading.at", {
      where,
      place: sheet === null ? cell : `${shortened(sheet, SUBJECT_MAX, say)}!${cell}`,
    });
  }
  return say("reading.at", { where, place: say("reading.line", { line: String(row) }) });
}

/** A value of a reading as people write it: yen with commas, Japanese days, words for choices. */
export function readableValue(field: string, value: string, say: Say): string {
  if (value === "") return say("unknown");
  if (field.endsWith("Yen") && /^\d+$/.test(value)) return formatYen(Number(value));
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatJapaneseDay(value);
  if (value === "electronic" || value === "paper") return say(`medium.${value}`);
  if (value === "true" || value === "false") {
    const words = field.endsWith("redeposit") ? "form.use" : "form.choice";
    return say(`${words}.${value === "true" ? "yes" : "no"}`);
  }
  return value;
}

/** `guarantees.performance.guaranteedYen`, `queries.0.number` in words. */
export function fieldName(path: string, words: BotWords, say: Say): string {
  const [, index, asked] = /^queries\.(\d+)\.(?:figures\.)?(\w+)$/.exec(path) ?? [];
  if (asked !== undefined)
    return say("reading.queryField", {
      index: String(Number(index) + 1),
      field: nameOf(words, "field", asked),
    });
  const [, kind, name] = /^guarantees\.([a-z_]+)\.(\w+)$/.exec(path) ?? [];
  if (kind === undefined || name === undefined) return nameOf(words, "field", path);
  return say("thread.productField", {
    product: nameOf(words, "product", kind),
    field: nameOf(words, "field", name),
  });
}
