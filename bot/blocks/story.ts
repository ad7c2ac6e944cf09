import type { DeskEvent } from "../../core/announcements.ts";
import { formatJapaneseDay } from "../../core/dates.ts";
import { formatAuditHead } from "../../core/desk/audit-head.ts";
import type { StoryPart } from "../../core/desk/story.ts";
import type { LetterEntry, StoryLine } from "../../core/rows/reports.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { timeText } from "./facts.ts";
import { type Block, buttons, grouped, heading, type Screen, sections } from "./kit.ts";
import { storyFacts } from "./story-facts.ts";

/** Messages that one click brings: a response_url carries five, and more would push the thread out of sight. */
const MESSAGES_MAX = 3;
/** Enough of a hash to find its entry; `audit verify` looks at the whole of it. */
const HASH_SHOWN = 8;
/** The action id of the button that leads on; `audit` is its family. */
export const STORY_NEXT = "audit.next";

/** A case's story, in the order of time; as many lines as fit, and a button to the rest. */
export function storyScreens(story: StoryPart, words: BotWords, say: Say): Screen[] {
  for (let count = story.lines.length; ; count -= 1) {
    const screens = firstLines(story, count, words, say);
    if (screens.length <= MESSAGES_MAX || count <= 1) return screens;
  }
}

function firstLines(story: StoryPart, count: number, words: BotWords, say: Say): Screen[] {
  const { receiptNumber, offset, total, lines } = story;
  const next = offset + count;
  const title = say("story.heading", { receiptNumber });
  const range = { from: String(offset + 1), until: String(next), total: String(total) };
  const head = [...heading(title), ...sections(count === 0 ? say("story.none") : say("story.range", range))];
  const groups = lines.slice(0, count).map((line) => sections(lineText(line, words, say)));
  const last = groups.pop() ?? [];
  return grouped(title, [head, ...groups, [...last, ...(next < total ? onward(story, next, say) : [])]]);
}

function onward({ caseId, total }: StoryPart, next: number, say: Say): Block[] {
  const label = say("story.next", { rest: String(total - next) });
  return buttons(`story:${caseId}`, [{ action: STORY_NEXT, label, value: packStory(caseId, next) }]);
}

/** A button's value: which case, and from which line on. */
export function packStory(caseId: string, offset: number): string {
  return `${caseId}:${offset}`;
}

export function unpackStory(value: string): { caseId: string; offset: number } | null {
  const [, caseId, offset] = /^([^:]{1,100}):(\d{1,5})$/.exec(value) ?? [];
  return caseId === undefined ? null : { caseId, offset: Number(offset) };
}

function lineText(line: StoryLine, words: BotWords, say: Say): string {
  const at = timeText(line.at);
  if (line.what === "verified") {
    const { number, ordererName, address } = line;
    const told = say("story.verified", { at, number, orderer: ordererName || say("unknown"), address });
    return [told, ...trailOf(line.entry, words, say)].join("\n");
  }
  if (line.what === "letter_out") return letterText(line, words, say);
  const { action, kind } = line;
  const who = { at, who: actorText(line, say) };
  const product = kind === null ? "" : say("story.product", { product: say(`product.${kind}`) });
  const what = say("story.entry", { ...who, what: `${product}${nameOf(words, "story.action", action)}` });
  const facts = storyFacts(line.data, words, say);
  return [what, ...facts, ...trailOf(line, words, say)].join("\n");
}

function letterText(line: Extract<StoryLine, { what: "letter_out" }>, words: BotWords, say: Say): string {
  const written = say("story.letterOut", {
    at: timeText(line.at),
    letter: nameOf(words, "template", line.template),
    to: line.to === "" ? say("story.erased") : line.to,
    state: say(`story.delivery.${line.state}`, { at: timeText(line.stateAt) }),
  });
  return [written, ...trailOf(line.entry, words, say)].join("\n");
}

/** What caused an entry, and where to look it up; nothing for what has no entry. */
function trailOf(entry: LetterEntry, words: BotWords, say: Say): string[] {
  if (entry === null) return [];
  const cause = causeText(entry.cause, words, say);
  return [say("story.trail", { cause, serial: String(entry.serial), hash: entry.hash.slice(0, HASH_SHOWN) })];
}

function actorText({ actor }: Extract<StoryLine, { what: "entry" }>, say: Say): string {
  if (actor.kind === "staff") return say("story.staff", { ...actor.actor });
  return actor.kind === "sender" ? say("story.sender", { address: actor.address }) : say("story.desk");
}

/** `letter:<id>` in words; the beginning of the id tells two letters apart. */
function causeText(cause: string, words: BotWords, say: Say): string {
  const [kind = "", id = ""] = cause.split(":");
  if (!words.has("slack", `story.cause.${kind}`)) return cause;
  const name = say(`story.cause.${kind}`);
  return id === "" ? name : say("story.causeOf", { cause: name, id: id.slice(0, HASH_SHOWN) });
}

/** The day's head of the audit log, in the desk's channel. */
export function auditHeadText(event: Extract<DeskEvent, { event: "audit_head" }>, say: Say): string {
  const day = formatJapaneseDay(event.day);
  return say("desk.audit_head", { day, serial: String(event.serial), head: formatAuditHead(event) });
}
