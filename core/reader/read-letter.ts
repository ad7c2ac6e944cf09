/** The reader: a letter's text → how it is understood. Pure; never throws on any text. */
import type { Evidence, LetterKind, Problem, Reading } from "../terms.ts";
import { foldWidth } from "../text.ts";
import { hasTwoWorks, missingFields, readApplication } from "./application.ts";
import { gatherClues } from "./clues.ts";
import { placed, type Report } from "./evidence.ts";
import { makeProblem } from "./findings.ts";
import { isPassedOn, withPassedOn } from "./forwarded.ts";
import { type Clues, decideKind } from "./kind.ts";
import type { Labels } from "./labels.ts";
import { openSources, type Parts, textOf } from "./parts.ts";
import { proseHints } from "./prose.ts";
import { collectPairs, completeFrom, type QueryGroup, readQueries } from "./queries.ts";
import { readReference } from "./reference.ts";
import { type LetterText, type Row, type Source, UNREAD_REASONS } from "./source.ts";

const WITHOUT_SHAPES = {
  ordererName: [],
  shapes: { orderers: [], contractors: [], ventures: [], banks: [], media: [] },
};
/** Most pairs one letter may ask about (contract section 6). */
const MOST_PAIRS = 500;

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
  const body = letter.cut ? [makeProblem(labels, "application", "unreadable", { sentence: "body_cut" })] : [];
  const files = UNREAD_REASONS.flatMap((reason) => {
    const names = letter.attachments
      .filter((a) => a.unread === reason && !a.inline && a.kind !== "image")
      .map((a) => a.filename);
    if (names.length === 0) return [];
    const detail = { read: names.join(" / "), sentence: `attachment_${reason}` };
    return [makeProblem(labels, "application", "unreadable", detail)];
  });
  return [...body, ...files];
}

/** Pairs of new text and attachments; quoted text only completes them or stands in when there are none. */
function findPairs(parts: Parts, labels: Labels): QueryGroup[] {
  const fresh = collectPairs([...parts.bodyRows, ...parts.attached], labels);
  const quoted = collectPairs(parts.quotedRows, labels);
  if (fresh.length === 0) return quoted;
  completeFrom(fresh, quoted, labels.mentions.besideBelow.test(foldWidth(textOf(parts.body))));
  return fresh;
}

const sourcesOf = ({ bodyRows, attached, quotedRows }: Parts): Source[] =>
  [...bodyRows, ...attached, ...quotedRows].map(({ source }) => source);

function fillApplication(reading: Reading, clues: Clues, parts: Parts, report: Report, labels: Labels): void {
  const own = [...parts.bodyRows, ...parts.attached].filter((s) => !s.isNotice);
  // Text quoted from an earlier letter never wins over new text; a letter that only passes one on is read with it.
  const passedOn = reading.kind !== "correction" && isPassedOn(clues.letter, own, parts.quoted, labels);
  const all = withPassedOn(own, passedOn ? parts.quotedRows : []);
  const rows = reading.kind === "correction" ? all.filter((row) => !isHypothetical(row, labels)) : all;
  const said = passedOn ? `${clues.fresh}\n${clues.quoted}` : clues.fresh;
  const hints = proseHints(said, labels);
  // A correction changes what it says; names in passing and looks of names are no changes.
  if (reading.kind === "correction")
    Object.assign(hints, { contractorName: [], form: hints.saidForm, ...WITHOUT_SHAPES });
  if (reading.kind === "fee_inquiry") hints.form = hints.saidForm;
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

/** "Should the change be approved, the price would be …": nothing has changed yet. */
function isHypothetical(row: Row, { tokens }: Labels): boolean {
  if (!row.prose) return false;
  const sentences = foldWidth(row.source.lines[row.line] ?? "").split(tokens.valueEnd);
  const own = sentences.filter((one) => one.includes(row.value.slice(0, VALUE_START)));
  return (own.length > 0 ? own : sentences).some((one) => tokens.hypothetical.test(one));
}

/** So much of a value tells in which sentence it stands. */
const VALUE_START = 10;

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
