import { isHeldByCap, type Parked, senderOf } from "../../core/desk/recover.ts";
import { maskKeys } from "../../core/guarantee/mask.ts";
import type { Instant } from "../../core/terms.ts";
import { packParked } from "../modal-meta.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { line, timeText } from "./facts.ts";
import {
  type Block,
  type ButtonSpec,
  buttons,
  divider,
  grouped,
  heading,
  type Screen,
  sections,
} from "./kit.ts";
import { letterButtons } from "./letter.ts";
import type { Opened } from "./original.ts";

const MINUTE_MS = 60_000;
/** A subject as long as a letter can make it must not drown the others. */
const SUBJECT_MAX = 200;
/** Enough to know what a letter is about; a button leads to the whole of it. */
const TEXT_MAX = 2000;
/** How much of it is looked at. */
const READ_MAX = 2 * TEXT_MAX;
/** A key written with a gap after every character is shorter than this. */
const KEY_ROOM = 60;
const FILES_MAX = 20;

/** `recover.show` and so on: the action ids of the buttons below. */
export const RECOVER = {
  show: "recover.show",
  retry: "recover.retry",
  retryHeld: "recover.retryHeld",
  close: "recover.close",
} as const;

/** What waits for a person, oldest first, each with what can be done about it. */
export function parkedScreens(
  list: readonly Parked[],
  frame: { now: Instant; note: string | null },
  words: BotWords,
  say: Say,
): Screen[] {
  const title = say("recover.title", { count: String(list.length) });
  const held = heldBySender(list);
  const rows = list.map((parked) => {
    const text = [say("recover.row", rowFacts(parked, frame.now, say)), ...facts(parked, words, say)].join(
      "\n",
    );
    return [...sections(text), ...buttons(`parked:${idOf(parked)}`, rowButtons(parked, held, say))];
  });
  const note = frame.note === null ? [] : [sections(frame.note)];
  return grouped(title, [heading(title), ...rows, ...note]);
}

/** One that waits, to one person. Of a letter out never the text: it may hold a key. */
export function parkedScreen(parked: Parked, opened: Opened | null, words: BotWords, say: Say): Screen[] {
  const title = say(`recover.heading.${parked.kind}`);
  const text = [...facts(parked, words, say), ...moreFacts(parked, say)].join("\n");
  return grouped(title, [
    heading(title),
    sections(text),
    ...(parked.kind === "in"
      ? [[divider, ...content(parked.letter.id, opened, say)]]
      : [sections(say("recover.noBody"))]),
    buttons(`parked:${idOf(parked)}`, oneButtons(parked, say)),
  ]);
}

function content(letterId: string, opened: Opened | null, say: Say): Block[] {
  if (opened === null) return sections(say("recover.notOpened"));
  const long = opened.text.length > READ_MAX;
  const all = maskKeys(opened.text.slice(0, READ_MAX)).trim();
  // What was cut off in the middle of a key looks like none.
  const text = all.slice(0, long ? Math.min(TEXT_MAX, all.length - KEY_ROOM) : TEXT_MAX).toWellFormed();
  const names = opened.files.slice(0, FILES_MAX);
  const files = names.map((name) => say("bullet", { text: cut(name || say("unknown")) }));
  const isCut = long || all.length > TEXT_MAX || names.length < opened.files.length;
  return [
    ...sections(line(say, "field.subject", cut(opened.subject) || say("unknown"))),
    ...sections(text === "" ? say("recover.noText") : text),
    ...(files.length === 0 ? [] : sections([say("recover.files"), ...files].join("\n"))),
    ...(isCut ? [...sections(say("recover.cut")), ...letterButtons(letterId, ["original"], say)] : []),
  ];
}

function rowFacts(parked: Parked, now: Instant, say: Say): Record<string, string> {
  return {
    direction: say(`recover.direction.${parked.kind}`),
    at: timeText(parked.since),
    age: ageText(Date.parse(now) - Date.parse(parked.since), say),
  };
}

/** Who, what about, and why it waits. */
function facts(parked: Parked, words: BotWords, say: Say): string[] {
  const reason = line(say, "field.reason", nameOf(words, "reason", parked.reason));
  if (parked.kind === "in") {
    const { letter } = parked;
    return [
      line(say, "field.sender", senderOf(letter)),
      ...(letter.subject === null ? [] : [line(say, "field.subject", cut(letter.subject))]),
      reason,
    ];
  }
  const { row } = parked;
  return [
    line(say, "field.recipient", row.to),
    line(say, "field.template", nameOf(words, "template", row.template)),
    line(say, "field.subject", cut(row.subject)),
    reason,
  ];
}

function moreFacts(parked: Parked, say: Say): string[] {
  if (parked.kind === "in")
    return [
      line(say, "field.receivedAt", timeText(parked.since)),
      line(say, "field.size", say("recover.size", { kilobytes: kilobytes(parked.letter.size) })),
    ];
  const { row } = parked;
  // The server's words without our code before them.
  const words = (row.detail ?? "").replace(parked.reason, "").replace(/^:\s*/, "");
  return [
    line(say, "field.createdAt", timeText(parked.since)),
    line(say, "field.attempts", say("recover.attempts", { count: String(row.attempt) })),
    ...(words === "" ? [] : [line(say, "field.detail", cut(words))]),
    ...(row.suppressed ? [say("recover.suppressed")] : []),
  ];
}

function rowButtons(parked: Parked, held: ReadonlyMap<string, string[]>, say: Say): ButtonSpec[] {
  const show = { action: RECOVER.show, label: say("recover.show"), value: refTo(parked) };
  const others = parked.kind === "in" ? held.get(senderOf(parked.letter) ?? "") : undefined;
  // One such button for each sender, at the oldest of its letters.
  if (others === undefined || others.length < 2 || others[0] !== idOf(parked))
    return [show, ...oneButtons(parked, say)];
  const together: ButtonSpec = {
    action: RECOVER.retryHeld,
    label: say("recover.retryHeld", { count: String(others.length) }),
    value: refTo(parked),
    confirm: confirmation("held", say),
  };
  return [show, ...oneButtons(parked, say), together];
}

function oneButtons(parked: Parked, say: Say): ButtonSpec[] {
  const value = refTo(parked);
  const retry: ButtonSpec = { action: RECOVER.retry, label: say("recover.retry"), value };
  const sure = parked.kind === "out" && parked.mayHaveArrived ? { confirm: confirmation("twice", say) } : {};
  const close: ButtonSpec = {
    ...{ action: RECOVER.close, label: say("recover.close"), value, style: "danger" },
    confirm: confirmation(parked.kind === "in" ? "closeIn" : "closeOut", say),
  };
  return canBeRetried(parked) ? [{ ...retry, ...sure }, close] : [close];
}

/** The text of a letter that was too large was never fetched; one that was erased is gone. */
function canBeRetried(parked: Parked): boolean {
  if (parked.kind === "out") return parked.row.sealedBytes.length > 0;
  return parked.letter.sealedRaw.length > 0 && !parked.letter.oversize;
}

function confirmation(about: string, say: Say): NonNullable<ButtonSpec["confirm"]> {
  return {
    title: say(`recover.confirm.${about}.title`),
    text: say(`recover.confirm.${about}.text`),
    confirm: say(`recover.confirm.${about}.yes`),
    deny: say("recover.confirm.no"),
  };
}

/** The ids of the letters that a cap holds back, by sender. */
function heldBySender(list: readonly Parked[]): Map<string, string[]> {
  const held = new Map<string, string[]>();
  for (const parked of list) {
    if (parked.kind !== "in" || !isHeldByCap(parked)) continue;
    const sender = senderOf(parked.letter) ?? "";
    held.set(sender, [...(held.get(sender) ?? []), parked.letter.id]);
  }
  return held;
}

function idOf(parked: Parked): string {
  return parked.kind === "in" ? parked.letter.id : parked.row.id;
}

function refTo(parked: Parked): string {
  return packParked(
    parked.kind === "in"
      ? { kind: "in", id: parked.letter.id }
      : { kind: "out", id: parked.row.id, attempt: parked.row.attempt },
  );
}

function ageText(ms: number, say: Say): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  if (minutes < 60) return say("age.minutes", { minutes: String(minutes) });
  if (minutes < 24 * 60) return say("age.hours", { hours: String(Math.floor(minutes / 60)) });
  return say("age.days", { days: String(Math.floor(minutes / (24 * 60))) });
}

function kilobytes(bytes: number): string {
  return String(Math.max(1, Math.round(bytes / 1024)));
}

function cut(text: string): string {
  const masked = maskKeys(text);
  return masked.length <= SUBJECT_MAX ? masked : `${masked.slice(0, SUBJECT_MAX).toWellFormed()}…`;
}
