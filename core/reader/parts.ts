/** A letter in its parts: new text, quoted text and documents, each with its rows. */
import { foldWidth } from "../text.ts";
import { splitBody } from "./body.ts";
import type { Labels } from "./labels.ts";
import { noticeTitleLine, pairEnd } from "./notices.ts";
import type { PairSource } from "./queries.ts";
import { readRows } from "./rows.ts";
import { settledRows } from "./settled-rows.ts";
import { type AttachmentText, type LetterText, type Source, sourceOf, toLines } from "./source.ts";
import { asFormLine } from "./web-forms.ts";

/** Lines at the head of a document that may be its title. */
export const TITLE_LINES = 3;

export const textOf = (sources: Source[]): string => sources.flatMap((s) => s.lines).join("\n");

export interface Parts {
  body: Source[];
  quoted: Source[];
  attached: PairSource[];
  bodyRows: PairSource[];
  quotedRows: PairSource[];
}

/** Opens a letter's texts; a notice, a sample sheet and quoted text are told apart here. */
export function openSources(letter: LetterText, labels: Labels): Parts {
  // The subject may hold a number or an as-of day; it is no place for figures, so it has no rows.
  const subject = sourceOf([{ text: letter.subject, number: 1 }], {
    origin: "subject",
    format: "text",
    name: "",
  });
  const subjectRows = { source: subject, rows: [], notice: null, isNotice: false, figures: true };
  const isReply = letter.reply || labels.mentions.replySubject.test(letter.subject);
  // What stands behind "Re:" is the subject of the letter that is answered: its number asks nothing anew.
  const isAnswered = labels.mentions.replySubject.test(letter.subject);
  const split = letter.bodies
    .flatMap((text) => splitBody(text, labels, isReply))
    .map((source) => withFormLines(source, labels));
  const body = split.filter((source) => source.origin === "body");
  const quoted = split.filter((source) => source.origin === "quoted");
  for (const a of letter.attachments) if (a.kind === "letter") quoted.push(toSource(a, "quoted"));
  const attached = letter.attachments.filter(
    (a) => a.format !== "none" && a.kind !== "letter" && a.kind !== "calendar",
  );
  return {
    body,
    quoted,
    bodyRows: [...body.flatMap((source) => cutNotices(source, labels)), ...(isAnswered ? [] : [subjectRows])],
    quotedRows: [
      ...quoted.flatMap((source) => cutNotices(source, labels)).map((part) => ({ ...part, figures: false })),
      ...(isAnswered
        ? [{ ...subjectRows, source: { ...subject, origin: "quoted" as const }, figures: false }]
        : []),
    ],
    attached: attached.map((a) => {
      const source = withFormLines(withoutSamples(toSource(a, "attachment"), labels), labels);
      const isNotice = a.notice !== null || noticeTitleLine(source, labels) >= 0;
      return { ...withRows(source, labels), notice: a.notice, isNotice, figures: a.kind !== "pdf" };
    }),
  };
}

const toSource = (a: AttachmentText, origin: Source["origin"]): Source =>
  sourceOf(toLines(a.text), {
    origin,
    format: a.format === "sheet" ? "sheet" : "text",
    name: a.filename,
    ...(a.sheets ? { sheets: a.sheets } : {}),
  });

/** A sheet that shows how a form is filled in holds nobody's values; its lines stay, empty, so that rows keep their numbers. */
function withoutSamples(source: Source, { tokens }: Labels): Source {
  const isSample = source.sheets.map(({ name, from }, i) => {
    const head = source.lines.slice(from, source.sheets[i + 1]?.from).filter((line) => line.trim() !== "");
    return tokens.sample.test(name) || tokens.sample.test(head.slice(0, TITLE_LINES).join("\n"));
  });
  if (!isSample.includes(true) || isSample.every((sample) => sample)) return source;
  const sheetOf = (line: number) => source.sheets.findLastIndex(({ from }) => from <= line);
  return { ...source, lines: source.lines.map((text, line) => (isSample[sheetOf(line)] ? "" : text)) };
}

const withFormLines = (source: Source, labels: Labels): Source => ({
  ...source,
  lines: source.lines.map((line) => asFormLine(line, labels)),
});

const withRows = (source: Source, labels: Labels): PairSource => ({
  source,
  rows: settledRows(readRows(source, labels), source, labels),
  notice: null,
  isNotice: false,
  figures: true,
});

/**
 * A notice pasted into a text is a source of its own: its values are no figures. A letter may hold several; what its
 * sender says below in his own name is his again.
 */
function cutNotices(source: Source, labels: Labels): PairSource[] {
  const cut = (from: number, until?: number): Source => ({
    ...source,
    lines: source.lines.slice(from, until),
    numbers: source.numbers.slice(from, until),
  });
  const title = noticeTitleLine(source, labels);
  if (title < 0) return [withRows(source, labels)];
  const end = noticeEnd(source.lines.slice(title), labels);
  const rest = end < 0 ? [] : cutNotices(cut(title + end), labels);
  const until = end < 0 ? undefined : title + end;
  if (source.origin === "quoted")
    return [{ ...withRows(cut(0, until), labels), isNotice: true, figures: false }, ...rest];
  return [
    withRows(cut(0, title), labels),
    { ...withRows(cut(title, until), labels), isNotice: true, figures: false },
    ...rest,
  ];
}

/** Where, below number and key, the next notice begins or the sender speaks of himself; -1 when the notice is the last. */
function noticeEnd(lines: string[], labels: Labels): number {
  const pair = pairEnd(lines, labels);
  if (pair < 0) return -1;
  return lines.findIndex(
    (line, at) =>
      at > pair &&
      (labels.tokens.ownStatement.test(foldWidth(line)) ||
        noticeTitleLine({ ...EMPTY_SOURCE, lines: lines.slice(at, at + 1) }, labels) === 0),
  );
}

const EMPTY_SOURCE = sourceOf([], { origin: "body", format: "text", name: "" });
