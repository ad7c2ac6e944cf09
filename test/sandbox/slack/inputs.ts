import { elementsOf, isObject, objects, optionsOf, string, words } from "./readable.ts";
import { type Block, Impossible, type JsonObject, type View } from "./types.ts";

/** An interactive element together with the block that it stands in. */
export interface Placed {
  block: Block;
  element: JsonObject;
}

/** What a person types or picks: text, a number, a day, an option's words; several for checkboxes; null empties. */
export type Entry = string | number | boolean | string[] | null;

const VALUE_KEYS: Record<string, string> = {
  plain_text_input: "value",
  number_input: "value",
  email_text_input: "value",
  url_text_input: "value",
  static_select: "selected_option",
  external_select: "selected_option",
  radio_buttons: "selected_option",
  overflow: "selected_option",
  checkboxes: "selected_options",
  multi_static_select: "selected_options",
  datepicker: "selected_date",
  timepicker: "selected_time",
  datetimepicker: "selected_date_time",
  users_select: "selected_user",
  conversations_select: "selected_conversation",
  channels_select: "selected_channel",
  multi_users_select: "selected_users",
};

const INITIAL_KEYS: Record<string, string> = {
  value: "initial_value",
  selected_option: "initial_option",
  selected_options: "initial_options",
  selected_date: "initial_date",
  selected_time: "initial_time",
  selected_date_time: "initial_date_time",
  selected_user: "initial_user",
  selected_conversation: "initial_conversation",
  selected_channel: "initial_channel",
  selected_users: "initial_users",
};

function emptyOf(key: string): JsonObject[string] {
  return key === "selected_options" || key === "selected_users" ? [] : null;
}

/** Gives blocks and elements the ids that Slack makes up when an app leaves them out. */
export function withIds(blocks: JsonObject[], fresh: () => string): Block[] {
  return blocks.map((block) => {
    const named: Block = { ...block, block_id: block.block_id ?? fresh() };
    for (const key of ["accessory", "element"]) {
      if (isObject(named[key])) named[key] = { action_id: fresh(), ...named[key] };
    }
    if (named.type === "actions") {
      named.elements = objects(named.elements).map((element) => ({ action_id: fresh(), ...element }));
    }
    return named;
  });
}

export function placedElements(blocks: Block[]): Placed[] {
  return blocks.flatMap((block) => elementsOf(block).map((element) => ({ block, element })));
}

/** The values that a fresh screen shows; values already on it stay where block and action are the same. */
export function screenValues(blocks: Block[], old: View["values"]): View["values"] {
  const values: View["values"] = {};
  for (const { block, element } of placedElements(blocks)) {
    const key = VALUE_KEYS[string(element.type)];
    if (key === undefined || element.type === "overflow") continue;
    const blockId = string(block.block_id);
    const actionId = string(element.action_id);
    const initial = element[INITIAL_KEYS[key] ?? ""] ?? emptyOf(key);
    const kept = old[blockId]?.[actionId];
    const type = string(element.type);
    values[blockId] ??= {};
    values[blockId][actionId] = kept?.type === type ? kept : { type, [key]: initial };
  }
  return values;
}

/** Finds an input by label, part of its label, block_id or action_id. */
export function findInput(view: View, name: string): Placed {
  const inputs = placedElements(view.blocks).filter(({ element }) => VALUE_KEYS[string(element.type)]);
  const label = ({ block }: Placed) => words(block.label) || words(block.text);
  const exact = inputs.filter(
    (input) => label(input) === name || input.block.block_id === name || input.element.action_id === name,
  );
  const found = exact.length > 0 ? exact : inputs.filter((input) => label(input).includes(name));
  const [one, another] = found;
  if (one !== undefined && another === undefined) return one;
  const problem = one === undefined ? "no input" : "more than one input";
  throw new Impossible(`${problem} "${name}" on "${view.title}"; there are: ${inputs.map(label).join(", ")}`);
}

/** The state value after a person entered something, as Slack would send it. */
export function entered(element: JsonObject, entry: Entry): JsonObject {
  const type = string(element.type);
  const key = VALUE_KEYS[type];
  if (key === undefined) throw new Impossible(`nothing can be entered into a ${type}`);
  if (entry === null || entry === "" || entry === false) return { type, [key]: emptyOf(key) };
  if (key === "selected_option") return { type, [key]: pick(element, String(entry)) };
  if (key === "selected_options") {
    const names = entry === true ? optionsOf(element).map((o) => words(o.text)) : [entry].flat().map(String);
    return { type, [key]: names.map((name) => pick(element, name)) };
  }
  if (key === "selected_users") return { type, [key]: [entry].flat().map(String) };
  if (type === "datepicker" && !/^\d{4}-\d{2}-\d{2}$/.test(String(entry))) {
    throw new Impossible(`a date picker takes a day such as 2026-04-10, not "${String(entry)}"`);
  }
  return { type, [key]: type === "datetimepicker" ? Number(entry) : String(entry) };
}

function pick(element: JsonObject, name: string): JsonObject {
  const options = optionsOf(element);
  const found =
    options.find((o) => words(o.text) === name || o.value === name) ??
    options.find((o) => words(o.text).includes(name));
  if (found === undefined) {
    throw new Impossible(`no option "${name}"; there are: ${options.map((o) => words(o.text)).join(", ")}`);
  }
  return found;
}

/** What Slack's own client refuses before the app hears of it: one line for each input at fault. */
export function unsubmittable(view: View): string[] {
  const faults: string[] = [];
  for (const block of view.blocks) {
    if (block.type !== "input" || !isObject(block.element)) continue;
    const element = block.element;
    const label = words(block.label);
    const state = view.values[string(block.block_id)]?.[string(element.action_id)] ?? {};
    const value = state[VALUE_KEYS[string(element.type)] ?? ""];
    const empty =
      value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
    if (empty && block.optional !== true) faults.push(`${label}: required and empty`);
    if (!empty && typeof value === "string")
      faults.push(...wrongText(element, value).map((w) => `${label}: ${w}`));
  }
  return faults;
}

function wrongText(element: JsonObject, value: string): string[] {
  const faults: string[] = [];
  const max = element.max_length ?? 3000;
  if (element.type === "plain_text_input" && typeof max === "number" && value.length > max) {
    faults.push(`longer than ${max}`);
  }
  const min = element.min_length;
  if (typeof min === "number" && value.length < min) faults.push(`shorter than ${min}`);
  if (element.type === "number_input") {
    const pattern = element.is_decimal_allowed === true ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
    if (!pattern.test(value)) faults.push("not a number");
    if (Number(value) < Number(element.min_value ?? -Infinity)) faults.push("too small");
    if (Number(value) > Number(element.max_value ?? Infinity)) faults.push("too large");
  }
  return faults;
}

/** Finds a button or another control by its words, part of them, its action_id or its block_id. */
export function findNamed(all: Placed[], name: string, label: (placed: Placed) => string, index = 0): Placed {
  const named = (placed: Placed) => placed.element.action_id === name || placed.block.block_id === name;
  const exact = all.filter((placed) => label(placed) === name || named(placed));
  const found = exact.length > 0 ? exact : all.filter((placed) => label(placed).includes(name));
  const chosen = found[index];
  if (chosen !== undefined) return chosen;
  throw new Impossible(`no "${name}" on the screen; there are: ${all.map((p) => `[${label(p)}]`).join(" ")}`);
}
