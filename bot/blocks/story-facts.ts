import { squeeze } from "../../core/text.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { timeText } from "./facts.ts";
import { shortened } from "./letter.ts";
import { fieldName, readableValue } from "./reading.ts";

/** What an audit entry says besides its action: before and after, amounts, reasons; in words where there are words. */

/** Facts of one entry that are shown: an application has some forty, and stands in the case's details. */
const FACTS_MAX = 12;
/** A reason typed at length must not drown the other entries. */
const VALUE_MAX = 120;
/** Deeper than any entry goes. */
const DEPTH_MAX = 6;
/** Ids and hashes say nothing to people. */
const OPAQUE = /^(id|hash|position|of)$|(Id|Ids|Hash)$/;
/** What an auditor looks for first; the other facts follow in the order of the data. */
const FIRST = ["reason", "guaranteedYen", "feeYen", "number", "guaranteeUntil", "status", "to"];
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/;

interface Fact {
  name: string;
  label: string;
  value: string;
}

/** @returns one line a fact, and one that counts those that are not shown. */
export function storyFacts(data: Record<string, unknown>, words: BotWords, say: Say): string[] {
  const all = factsOf(paired(data), "", 0, words, say);
  const facts = [...all].sort((a, b) => rank(a) - rank(b));
  const lines = facts
    .slice(0, FACTS_MAX)
    .map((fact) => say("story.fact", { label: fact.label, value: fact.value }));
  const left = facts.length - lines.length;
  return left === 0 ? lines : [...lines, say("story.moreFacts", { count: String(left) })];
}

/** A request to change guarantees lists what holds beside what is asked for: each pair is told as one change. */
function paired(data: Record<string, unknown>): Record<string, unknown> {
  const { requests, before, ...rest } = data;
  if (!Array.isArray(requests) || !Array.isArray(before)) return data;
  const changes = requests.map((request: unknown, at) => {
    const proposed = isRecord(request) && isRecord(request.proposed) ? request.proposed : {};
    const { content, change: _, ...asked } = proposed;
    const held: unknown = before[at];
    return isRecord(content) && isRecord(held) ? { ...asked, before: held, after: content } : asked;
  });
  return { ...rest, changes };
}

function rank({ name }: Fact): number {
  const place = FIRST.indexOf(name);
  return place === -1 ? FIRST.length : place;
}

function factsOf(value: unknown, name: string, depth: number, words: BotWords, say: Say): Fact[] {
  if (value === null || value === undefined || OPAQUE.test(name) || depth > DEPTH_MAX) return [];
  if (Array.isArray(value) && name === "checks") return value.flatMap((one) => checkFact(one, words, say));
  if (Array.isArray(value) && name === "problems")
    return value.flatMap((one) => problemFact(one, words, say));
  if (Array.isArray(value)) return listFacts(value, name, depth, words, say);
  if (!isRecord(value)) return [fact(name, readable(name, value, words, say), words, say)];
  if ("before" in value && "after" in value) return changeFacts(value, name, words, say);
  const { employee, name: person } = value;
  if (typeof employee === "string" && typeof person === "string")
    return [fact(name, say("story.staff", { employee, name: person }), words, say)];
  const inner = Object.entries(value)
    .filter(([key]) => key !== "kind" || productOf(value, words, say) === null)
    .flatMap(([key, member]) => factsOf(member, key, depth + 1, words, say));
  return ofProduct(inner, productOf(value, words, say), say);
}

/** A check that was not passed, as it stood then; the others say nothing to an auditor. */
function checkFact(value: unknown, words: BotWords, say: Say): Fact[] {
  if (!isRecord(value) || value.verdict === "pass") return [];
  const sentence = `${String(value.code)}.${String(value.verdict)}`;
  if (!words.has("checks", sentence)) return [];
  const found = { name: "checks", label: say("details.checks"), value: words.sentence("checks", sentence) };
  return ofProduct([found], productOf(value, words, say), say);
}

/** A question that the letter left open, in the words in which it was asked. */
function problemFact(value: unknown, words: BotWords, say: Say): Fact[] {
  if (!isRecord(value) || typeof value.field !== "string" || typeof value.text !== "string") return [];
  const shown = shortened(value.text, VALUE_MAX, say);
  return [{ name: "problems", label: fieldName(value.field, words, say), value: shown }];
}

function fact(name: string, value: string, words: BotWords, say: Say): Fact {
  return { name, label: labelOf(name, words, say), value };
}

/** The product that a part of the data is about. */
function productOf({ kind }: Record<string, unknown>, words: BotWords, say: Say): string | null {
  const known = typeof kind === "string" && words.has("slack", `product.${kind}`);
  return known ? say(`product.${kind}`) : null;
}

function ofProduct(facts: Fact[], of: string | null, say: Say): Fact[] {
  if (of === null) return facts;
  return facts.map((one) => ({ ...one, label: say("story.factOf", { of, label: one.label }) }));
}

function listFacts(list: unknown[], name: string, depth: number, words: BotWords, say: Say): Fact[] {
  if (list.some((one) => typeof one === "object"))
    return list.flatMap((one) => factsOf(one, name, depth + 1, words, say));
  if (list.length === 0) return [];
  const values = list.map((one) => readable(name, one, words, say)).join(say("list.comma"));
  return [fact(name, shortened(values, VALUE_MAX, say), words, say)];
}

/** `{field, before, after}`, or two states of one thing: what differs, from what to what. */
function changeFacts(entry: Record<string, unknown>, name: string, words: BotWords, say: Say): Fact[] {
  const { before, after, ...others } = entry;
  if (!isRecord(before) && !isRecord(after)) {
    const field = typeof entry.field === "string" ? entry.field : name;
    return [changed(field, before, after, words, say)];
  }
  const [from, to] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}];
  const differing = [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((key) => !OPAQUE.test(key) && JSON.stringify(from[key]) !== JSON.stringify(to[key]))
    .map((key) => changed(key, from[key], to[key], words, say));
  const rest = Object.entries(others).flatMap(([key, member]) => factsOf(member, key, 1, words, say));
  return ofProduct([...rest, ...differing], productOf(to, words, say), say);
}

function changed(field: string, before: unknown, after: unknown, words: BotWords, say: Say): Fact {
  const name = field.split(".").at(-1) ?? field;
  const of = (value: unknown) => readable(name, value, words, say);
  return {
    ...{ name, label: labelOf(field, words, say) },
    value: say("story.change", { before: of(before), after: of(after) }),
  };
}

function labelOf(field: string, words: BotWords, say: Say): string {
  const own = nameOf(words, "story.data", field);
  return own === field ? fieldName(field, words, say) : own;
}

function readable(field: string, value: unknown, words: BotWords, say: Say): string {
  if (value === null || value === undefined || value === "") return say("story.nothing");
  if (typeof value === "boolean") return say(value ? "story.yes" : "story.no");
  if (field === "serial" && typeof value === "number")
    return value === 0 ? say("serial.first") : say("serial.amended", { serial: String(value) });
  const written = typeof value === "object" ? JSON.stringify(value) : String(value);
  if (words.has("slack", `story.value.${field}.${written}`)) return say(`story.value.${field}.${written}`);
  for (const group of GROUPS[field] ?? []) {
    if (words.has("slack", `${group}.${written}`)) return say(`${group}.${written}`);
  }
  if (INSTANT.test(written)) return timeText(written);
  return shortened(squeeze(readableValue(field, written, say).replace(/\s+/g, " ")), VALUE_MAX, say);
}

/** Where the words for codes stand, by the name of the value. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  kind: ["product", "letter"],
  kinds: ["product"],
  product: ["product"],
  status: ["state"],
  was: ["state"],
  reason: ["reason"],
  template: ["template"],
  trust: ["trust"],
  view: ["look"],
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
