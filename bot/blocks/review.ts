import { type Case, type Check, reviewOf } from "../../core/case.ts";
import { stateWord } from "../../core/case-state.ts";
import { isConfirmable, NOTE_MAX } from "../../core/desk/review.ts";
import { fixedFields, isOpen } from "../../core/desk/review-products.ts";
import { GUARANTEE_KINDS, type GuaranteeKind, type RequestedGuarantee } from "../../core/terms.ts";
import type { BotWords, Say } from "../words.ts";
import { formBlocks, isShowable } from "./application-form.ts";
import { checkLine, line, yenText } from "./facts.ts";
import { type Block, divider, input, type Modal, plain, sections } from "./kit.ts";
import { summary } from "./modals.ts";

/** 審査: open questions and checks, then the whole application. */

/** Most open questions in one modal: with them it stays below Slack's 100 blocks; settled ones make room for the rest. */
const PROBLEMS_MAX = 30;
/** Slack: at most ten boxes an element. */
const BOXES_MAX = 10;

/** The products whose values can still be put right, or that can be added. */
export function openKinds(found: Case): GuaranteeKind[] {
  return GUARANTEE_KINDS.filter((kind) => {
    const guarantee = found.guarantees.find((one) => one.kind === kind);
    return guarantee === undefined || isOpen(guarantee);
  });
}

/**
 * @param settleable places of the problems that a person can call settled.
 * @param meta what the modal carries along.
 */
export function reviewModal(
  found: Case,
  settleable: readonly number[],
  meta: string,
  words: BotWords,
  say: Say,
): Modal {
  const kinds = openKinds(found);
  const blocks = [
    ...summary(found, say),
    ...locked(found, kinds, say),
    divider,
    ...problemBlocks(found, settleable, say),
    ...checkBlocks(found, words, say),
    divider,
    ...formBlocks(found.application, kinds, words, say, { fixed: fixedFields(found) }),
    ...(found.problems.length === 0
      ? []
      : [divider, boxes("tell", say("review.tell.label"), [["tell", say("review.tell.box")]])]),
  ];
  return {
    type: "modal",
    callback_id: "review",
    title: plain(say("review.title")),
    submit: plain(say("review.submit")),
    close: plain(say("modal.close")),
    private_metadata: meta,
    blocks,
  };
}

/** Products that cannot be changed here, with what helps. */
function locked(found: Case, kinds: readonly GuaranteeKind[], say: Say): Block[] {
  const fixed = found.guarantees.filter(({ kind }) => !kinds.includes(kind));
  if (fixed.length === 0) return [];
  const products = fixed
    .map((one) =>
      say("review.locked.product", {
        product: say(`product.${one.kind}`),
        state: say(`state.${stateWord(one)}`),
      }),
    )
    .join(say("list.comma"));
  return [
    ...sections(say("review.locked.text", { products })),
    ...fixed.flatMap(({ kind, requested }) => sections(requestedLines(kind, requested, say))),
  ];
}

/** What was asked for of a product, as text. */
function requestedLines(kind: GuaranteeKind, requested: RequestedGuarantee, say: Say): string {
  const values = [
    line(say, "field.form", requested.form === null ? null : say(`form.wish.${requested.form}`)),
    line(say, "field.guaranteedYen", yenText(requested.guaranteedYen, say)),
    ...(requested.fiscalYearYen === null
      ? []
      : [line(say, "field.fiscalYearYen", yenText(requested.fiscalYearYen, say))]),
    ...(requested.depositBank === null || !isShowable(requested.depositBank)
      ? []
      : [line(say, "field.depositBank", requested.depositBank)]),
  ];
  return [say("modal.product", { product: say(`product.${kind}`) }), ...values].join("\n");
}

function problemBlocks(found: Case, settleable: readonly number[], say: Say): Block[] {
  if (found.problems.length === 0) return sections(say("review.problems.none"));
  const shown = found.problems.slice(0, PROBLEMS_MAX);
  const count = String(found.problems.length);
  const lines = [
    say("review.problems.title", { count }),
    ...shown.map(({ text }, place) => say("review.numbered", { number: String(place + 1), text })),
    ...(found.problems.length > PROBLEMS_MAX
      ? [say("review.problems.more", { count: String(PROBLEMS_MAX) })]
      : []),
  ];
  const choices = shown.flatMap((_, place): Box[] =>
    settleable.includes(place)
      ? [[String(place), say("review.problems.box", { number: String(place + 1) })]]
      : [],
  );
  const label = say("review.problems.label");
  return [
    ...sections(lines.join("\n")),
    ...chunks(choices).map((part, i) => boxes(`settled:${i}`, label, part)),
  ];
}

/** Checks that are not passed and that nobody has settled, as they stand now. */
export function openChecks(found: Case): Check[] {
  return found.checks.filter((check) => check.verdict !== "pass" && reviewOf(found, check) === null);
}

function checkBlocks(found: Case, words: BotWords, say: Say): Block[] {
  const open = openChecks(found);
  const settled = found.checks.filter((check) => check.verdict === "pass" || !open.includes(check));
  const lines = [
    say("review.checks.title"),
    ...open.map((check, i) =>
      say("review.numbered", { number: String(i + 1), text: openLine(check, words, say) }),
    ),
    ...settled.map((check) => settledLine(found, check, words, say)),
  ];
  const choices = open.flatMap((check, i): Box[] =>
    isConfirmable(check) ? [[checkId(check), say("review.checks.box", { number: String(i + 1) })]] : [],
  );
  if (choices.length === 0) return sections(lines.join("\n"));
  const element = { type: "plain_text_input", multiline: true, max_length: NOTE_MAX };
  return [
    ...sections(lines.join("\n")),
    ...chunks(choices).map((part, i) => boxes(`checks:${i}`, say("review.checks.label"), part)),
    { ...input("note", say("review.note.label"), element, say("review.note.hint")), optional: true },
  ];
}

/** A check that no word settles says what does. */
function openLine(check: Check, words: BotWords, say: Say): string {
  const text = checkLine(check, words, say);
  return isConfirmable(check) ? text : say("review.checks.byData", { line: text });
}

function settledLine(found: Case, check: Check, words: BotWords, say: Say): string {
  const line = checkLine(check, words, say);
  const review = reviewOf(found, check);
  return review === null
    ? line
    : say("review.checks.settled", { line, by: review.by.name, note: review.note });
}

/** A check in the value of its box. */
export function checkId({ code, kind }: Pick<Check, "code" | "kind">): string {
  return `${code}:${kind ?? ""}`;
}

type Box = [value: string, text: string];

function boxes(blockId: string, label: string, choices: readonly Box[]): Block {
  const options = choices.map(([value, text]) => ({ text: plain(text), value }));
  return { ...input(blockId, label, { type: "checkboxes", options }), optional: true };
}

function chunks(choices: readonly Box[]): Box[][] {
  const parts: Box[][] = [];
  for (let at = 0; at < choices.length; at += BOXES_MAX) parts.push(choices.slice(at, at + BOXES_MAX));
  return parts;
}
