/** The reader: a letter's text → how it is understood. Pure; never throws on any text. */
import type { Evidence, LetterKind, Problem, Reading } from "../terms.ts";
import { foldWidth } from "../text.ts";
import { hasTwoWorks, missingFields, readApplication } from "./application.ts";
import { askedProducts, productsIn } from "./asked-products.ts";
import { splitBody } from "./body.ts";
import { placed, type Report } from "./evidence.ts";
import { makeProblem } from "./findings.ts";
import { isPassedOn, withPassedOn } from "./forwarded.ts";
import { type Clues, decideKind } from "./kind.ts";
import { type Labels, withoutSlips } from "./labels.ts";
import { formOnlyIn, valuesIn } from "./letter-values.ts";
import { noticeTitleLine } from "./notices.ts";
import { proseHints } from "./prose.ts";
import { collectPairs, completeFrom, type PairSource, type QueryGroup, readQueries } from "./queries.ts";
import { readReference } from "./reference.ts";
import { readRows } from "./rows.ts";
import {
  type AttachmentText,
  type LetterText,
  type Source,
  sourceOf,
  toLines,
  UNREAD_REASONS,
} from "./source.ts";

/** Most pairs one letter may ask about (contract section 6). */
const MOST_PAIRS = 500;
/** Lines at the head of a document that may be its title. */
const TITLE_LINES = 3;

const textOf = (sources: Source[]): string => sources.flatMap((s) => s.lines).join("\n");

/** A reading, and where each of its values was found. */
export interface Understanding {
  reading: Reading;
  evidence: Evidence[];
}

/** Reads a letter. The kind decides which parts of the reading are filled. */
export function readLetter(letter: LetterText, labels: Labels): Understanding {
  const report: Report = { problems: [], evidence: [] };
  const { problems } = report;
  const from = letter.fromAddresses.length === 1 ? (letter.fromAddresses[0] ?? null) : null;
  if (from === null)
    problems.push(
      makeProblem(labels, "from", letter.fromAddresses.length === 0 ? "missing" : "ambiguous", {
        sentence: "from_not_one",
      }),
    );
  const empty: Reading = {
    kind: "unrecognised",
    from,
    reference: null,
    application: null,
    queries: [],
    problems,
  };
  if (letter.failure !== null) {
    const sentence = letter.failure === "oversized" ? "oversized" : "letter";
    problems.push(makeProblem(labels, "application", "unreadable", { sentence }));
    return { reading: empty, evidence: [] };
  }
  const parts = openSources(letter, labels);
  const { reference, problems: referenceProblems } = readReference(
    letter.subject,
    textOf(parts.body),
    textOf(parts.quoted),
    labels,
  );
  problems.push(...referenceProblems);
  const pairs = findPairs(parts, labels);
  const clues = gatherClues(letter, parts, pairs, reference !== null || referenceProblems.length > 0, labels);
  const kind = decideKind(clues, labels);
  problems.push(...unopened(letter, kind, labels));
  const reading: Reading = { ...empty, kind, reference };
  if (kind === "application" || kind === "correction" || kind === "fee_inquiry")
    fillApplication(reading, clues, parts, report, labels);
  if (kind === "verification") fillQueries(reading, pairs, parts, report, labels);
  return { reading, evidence: placed(report.evidence, sourcesOf(parts)) };
}

/**
 * Documents that were not read, or not to their end: whatever the letter is, staff have to know why. Pictures are never
 * opened; an automatic letter is not answered, and who sent a wrong document is told what to send instead.
 */
function unopened(letter: LetterText, kind: LetterKind, labels: Labels): Problem[] {
  if (kind === "automatic" || kind === "wrong_document") return [];
  return UNREAD_REASONS.flatMap((reason) => {
    const names = letter.attachments
      .filter((a) => a.unread === reason && !a.inline && a.kind !== "image")
      .map((a) => a.filename);
    if (names.length === 0) return [];
    const detail = { read: names.join(" / "), sentence: `attachment_${reason}` };
    return [makeProblem(labels, "application", "unreadable", detail)];
  });
}

interface Parts {
  body: Source[];
  quoted: Source[];
  attached: PairSource[];
  bodyRows: PairSource[];
  quotedRows: PairSource[];
}

function openSources(letter: LetterText, labels: Labels): Parts {
  // The subject may hold a number or an as-of day; it is no place for figures, so it has no rows.
  const subject = sourceOf([{ text: letter.subject, number: 1 }], {
    origin: "subject",
    format: "text",
    name: "",
  });
  const split = letter.bodies.flatMap((text) => splitBody(text, labels));
  const body = split.filter((source) => source.origin === "body");
  const quoted = split.filter((source) => source.origin === "quoted");
  for (const a of letter.attachments) if (a.kind === "letter") quoted.push(toSource(a, "quoted"));
  const attached = letter.attachments.filter(
    (a) => a.format !== "none" && a.kind !== "letter" && a.kind !== "calendar",
  );
  return {
    body,
    quoted,
    bodyRows: [
      ...body.flatMap((source) => cutNotice(source, labels)),
      { source: subject, rows: [], notice: null, isNotice: false, figures: true },
    ],
    quotedRows: quoted.map((source) => ({
      ...withRows(source, labels),
      isNotice: noticeTitleLine(source, labels) >= 0,
      figures: false,
    })),
    attached: attached.map((a) => {
      const source = withoutSamples(toSource(a, "attachment"), labels);
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

const withRows = (source: Source, labels: Labels): PairSource => ({
  source,
  rows: readRows(source, labels),
  notice: null,
  isNotice: false,
  figures: true,
});

/** A notice pasted into new text is a source of its own: its values are no figures. */
function cutNotice(source: Source, labels: Labels): PairSource[] {
  const title = noticeTitleLine(source, labels);
  if (title < 0) return [withRows(source, labels)];
  const cut = (from: number, until?: number): Source => ({
    ...source,
    lines: source.lines.slice(from, until),
    numbers: source.numbers.slice(from, until),
  });
  const head = cut(0, title);
  const notice = cut(title);
  return [withRows(head, labels), { ...withRows(notice, labels), isNotice: true, figures: false }];
}

/** Pairs of new text and attachments; quoted text only completes them or stands in when there are none. */
function findPairs(parts: Parts, labels: Labels): QueryGroup[] {
  const fresh = collectPairs([...parts.bodyRows, ...parts.attached], labels);
  const quoted = collectPairs(parts.quotedRows, labels);
  if (fresh.length === 0) return quoted;
  completeFrom(fresh, quoted);
  return fresh;
}

function gatherClues(
  letter: LetterText,
  parts: Parts,
  pairs: QueryGroup[],
  hasReference: boolean,
  labels: Labels,
): Clues {
  const fresh = withoutSlips(foldWidth(textOf(parts.body)), labels);
  const sheets = parts.attached.filter((s) => !s.isNotice);
  const heads = sheets.flatMap((s) => [
    s.source.name.replace(/\.[A-Za-z0-9]+$/u, ""),
    ...s.source.lines.slice(0, TITLE_LINES),
  ]);
  const own = [...parts.bodyRows, ...sheets];
  const rows = own.flatMap((s) => s.rows);
  const values = valuesIn(own, labels);
  const titles = foldWidth(heads.join("\n")).replace(/\t/gu, " ");
  const subject = withoutSlips(letter.subject, labels);
  const asked = askedProducts(rows, `${subject}\n${titles}\n${fresh}`, labels).kinds;
  const passedOn = !hasReference && isPassedOn(letter, own, parts.quoted, labels);
  const quotedValues = passedOn ? valuesIn(parts.quotedRows, labels) : 0;
  return {
    letter: { ...letter, subject },
    fresh,
    quoted: foldWidth(textOf(parts.quoted)),
    titles,
    hasReference,
    hasKey: pairs.some((pair) => pair.key !== null),
    hasNumber: pairs.some((pair) => pair.number !== null) && !asked.includes("interim_advance_payment"),
    values: values + quotedValues,
    formOnly: formOnlyIn(rows, labels),
    hasPair: pairs.some((pair) => pair.key !== null && pair.number !== null),
    hasProduct: asked.length > 0 || productsIn(subject, labels).length > 0,
  };
}

const sourcesOf = ({ bodyRows, attached, quotedRows }: Parts): Source[] =>
  [...bodyRows, ...attached, ...quotedRows].map(({ source }) => source);

function fillApplication(reading: Reading, clues: Clues, parts: Parts, report: Report, labels: Labels): void {
  const own = [...parts.bodyRows, ...parts.attached].filter((s) => !s.isNotice);
  // Text quoted from an earlier letter never wins over new text; a letter that only passes one on is read with it.
  const passedOn = reading.kind !== "correction" && isPassedOn(clues.letter, own, parts.quoted, labels);
  const rows = withPassedOn(own, passedOn ? parts.quotedRows : []);
  const hints = proseHints(passedOn ? clues.quoted : clues.fresh, labels);
  if (reading.kind === "correction") hints.contractorName = [];
  if (reading.kind === "application" && hasTwoWorks(rows, hints, labels)) {
    reading.problems.push(makeProblem(labels, "application", "ambiguous", { sentence: "two_works" }));
    return;
  }
  const titles =
    reading.kind === "correction" ? "" : `${clues.letter.subject}\n${clues.titles}\n${clues.fresh}`;
  const background =
    reading.kind === "correction" ? `${clues.letter.subject}\n${clues.fresh}\n${clues.quoted}` : "";
  const context = { titles, background, isInquiry: reading.kind === "fee_inquiry" };
  const { application, problems, evidence } = readApplication(rows, hints, context, labels);
  reading.application = application;
  reading.problems.push(...problems);
  report.evidence.push(...evidence);
  if (reading.kind === "application") reading.problems.push(...missingFields(application, problems, labels));
  if (clues.values === 0) reportUnread(reading, clues.letter, labels);
}

/** With no value at all, a picture, which is not opened, is what the sender meant. */
function reportUnread(reading: Reading, letter: LetterText, labels: Labels): void {
  const unread = letter.attachments.find(
    (a) => a.format === "none" && !a.inline && (a.unread === undefined || a.kind === "image"),
  );
  const sentence = unread?.unread === undefined ? "attachment" : `attachment_${unread.unread}`;
  if (unread)
    reading.problems.push(
      makeProblem(labels, "application", "unreadable", { read: unread.filename, sentence }),
    );
}

function fillQueries(
  reading: Reading,
  pairs: QueryGroup[],
  parts: Parts,
  report: Report,
  labels: Labels,
): void {
  const sources = [...parts.bodyRows, ...parts.attached];
  const { queries, problems, evidence } = readQueries(pairs.slice(0, MOST_PAIRS), sources, labels);
  reading.queries = queries;
  report.evidence.push(...evidence);
  reading.problems.push(...problems);
  if (queries.length === 0)
    reading.problems.push(makeProblem(labels, "queries", "missing", { sentence: "no_pair" }));
  if (pairs.length > MOST_PAIRS)
    reading.problems.push(makeProblem(labels, "queries", "out_of_range", { read: String(pairs.length) }));
}
