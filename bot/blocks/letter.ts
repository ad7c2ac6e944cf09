import type { ViewedLetter } from "../../core/desk/letter-view.ts";
import { maskKeys } from "../../core/guarantee/mask.ts";
import type { CaseLetter } from "../../core/rows/letters.ts";
import { packLook } from "../modal-meta.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { line, timeText } from "./facts.ts";
import { type Block, type ButtonSpec, buttons, type Screen, sections } from "./kit.ts";

/** What the two views of a letter share: which letter it is, the buttons that lead to them, their pages. */

/** `letter.reading`, `letter.original`: the action ids of the buttons at a letter. */
export const LOOK = { reading: "letter.reading", original: "letter.original" } as const;

/** Messages that one click brings: a response_url carries five, and more would push the thread out of sight. */
const PAGE_MESSAGES = 3;
/** A subject as long as a letter can make it must not drown the others of a list. */
export const SUBJECT_MAX = 200;

/** The buttons at a letter: what was understood of it, and the letter itself. */
export function letterButtons(letterId: string, views: readonly (keyof typeof LOOK)[], say: Say): Block[] {
  const specs = views.map(
    (view): ButtonSpec => ({
      action: LOOK[view],
      label: say(`look.${view}`),
      value: packLook({ letterId, page: 0 }),
    }),
  );
  return buttons(`letter:${letterId}`, specs);
}

/** The letters of a case, each with its buttons, for the case's details. */
export function caseLetterGroups(
  { letters, more }: { letters: readonly CaseLetter[]; more: boolean },
  words: BotWords,
  say: Say,
): Block[][] {
  const rows = letters.map(({ id, receivedAt, kind, subject }) => [
    ...sections(
      say("details.letter", {
        at: timeText(receivedAt),
        kind: kind === null ? say("details.letterUnread") : nameOf(words, "letter", kind),
        subject: subject === null ? say("unknown") : shortened(subject, SUBJECT_MAX, say),
      }),
    ),
    ...letterButtons(id, ["reading", "original"], say),
  ]);
  const head = sections(
    [
      say("details.part", { title: say("details.letters") }),
      ...(rows.length === 0 ? [say("none")] : []),
    ].join("\n"),
  );
  return [
    head,
    ...rows,
    ...(more ? [sections(say("details.moreLetters", { count: String(letters.length) }))] : []),
  ];
}

/** Which letter it is. */
export function letterFacts({ letter, receiptNumber }: ViewedLetter, words: BotWords, say: Say): string {
  const from = letter.fromAddress ?? letter.sender;
  return [
    line(say, "field.receivedAt", timeText(letter.receivedAt)),
    line(say, "field.sender", from ?? say("desk.senderUnclear")),
    ...(letter.kind === null ? [] : [line(say, "field.template", nameOf(words, "letter", letter.kind))]),
    ...(letter.subject === null
      ? []
      : [line(say, "field.subject", shortened(letter.subject, SUBJECT_MAX, say))]),
    ...(receiptNumber === null ? [] : [line(say, "field.receiptNumber", receiptNumber)]),
  ].join("\n");
}

/** One click's worth of messages; the last one leads on, and to the other view. */
export function onePage(
  all: readonly Screen[],
  at: { letterId: string; view: keyof typeof LOOK; other: keyof typeof LOOK; page: number },
  say: Say,
): Screen[] {
  const { letterId, view, other, page } = at;
  const pages = Math.ceil(all.length / PAGE_MESSAGES);
  const shown = all.slice(page * PAGE_MESSAGES, (page + 1) * PAGE_MESSAGES);
  const next: ButtonSpec[] =
    page + 1 < pages
      ? [
          {
            action: LOOK[view],
            label: say("look.next", { page: String(page + 2), pages: String(pages) }),
            value: packLook({ letterId, page: page + 1 }),
            style: "primary",
          },
        ]
      : [];
  const back: ButtonSpec = {
    action: LOOK[other],
    label: say(`look.${other}`),
    value: packLook({ letterId, page: 0 }),
  };
  const foot = buttons(`letter:${letterId}`, [...next, back]);
  return shown.map((screen, i) =>
    i + 1 < shown.length ? screen : { ...screen, blocks: [...screen.blocks, ...foot] },
  );
}

/** A text cut at `max`, saying so; never in the middle of a key. */
export function shortened(text: string, max: number, say: Say): string {
  const masked = maskKeys(text);
  return masked.length <= max
    ? masked
    : say("reading.shortened", { text: masked.slice(0, max).toWellFormed() });
}
