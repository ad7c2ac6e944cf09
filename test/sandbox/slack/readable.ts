import type { Block, Json, JsonObject, View } from "./types.ts";

/** Anything with words on it: a message, an ephemeral or a view. */
export type Screen = { text?: string; title?: string; submit?: string | null; blocks: Block[] };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function string(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The words of a text object (or of a plain string) as they are shown. */
export function words(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (!isObject(value)) return "";
  return value.type === "mrkdwn" ? unescaped(string(value.text)) : string(value.text);
}

/** In mrkdwn an app writes three characters as entities. */
function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/**
 * What a person reads on a screen: one line for each text, field, button (in brackets) and input (its label with its
 * value). A message with blocks shows the blocks; its `text` is what the notification says and is left out.
 */
export function readable(screen: Screen): string {
  const lines: string[] = [];
  if (screen.title !== undefined) lines.push(screen.title);
  if (screen.blocks.length === 0 && screen.text !== undefined) lines.push(unescaped(screen.text));
  for (const block of screen.blocks) lines.push(...blockLines(block, valuesOf(screen)));
  if (typeof screen.submit === "string") lines.push(`[${screen.submit}]`);
  return lines.filter((line) => line !== "").join("\n");
}

type Values = View["values"];

function valuesOf(screen: Screen): Values {
  return "values" in screen ? (screen as View).values : {};
}

function blockLines(block: Block, values: Values): string[] {
  const lines = [words(block.text), ...objects(block.fields).map(words)];
  if (block.type === "image") lines.push(words(block.title), string(block.alt_text));
  if (block.type === "rich_text") lines.push(richText(block));
  if (block.type === "table") lines.push(...tableLines(block));
  const state = values[string(block.block_id)] ?? {};
  if (block.type === "input") {
    const element = isObject(block.element) ? block.element : {};
    lines.push(`${words(block.label)}: ${shownValue(state[string(element.action_id)])}`, words(block.hint));
    return lines;
  }
  for (const element of elementsOf(block)) lines.push(elementLine(element));
  return lines;
}

/** Elements that a block of type section, actions or context shows. */
export function elementsOf(block: Block): JsonObject[] {
  const accessory = isObject(block.accessory) ? [block.accessory] : [];
  const element = isObject(block.element) ? [block.element] : [];
  return [...accessory, ...element, ...(block.type === "rich_text" ? [] : objects(block.elements))];
}

function elementLine(element: JsonObject): string {
  if (element.type === "button") return `[${words(element.text)}]`;
  if (element.type === "image") return string(element.alt_text);
  if (element.text !== undefined) return words(element);
  return `[${words(element.placeholder)}${optionsOf(element)
    .map((o) => ` ${words(o.text)}`)
    .join(" |")}]`;
}

export function optionsOf(element: JsonObject): JsonObject[] {
  const grouped = objects(element.option_groups).flatMap((group) => objects(group.options));
  return [...objects(element.options), ...grouped];
}

function shownValue(value: JsonObject | undefined): string {
  if (value === undefined) return "";
  const many = value.selected_options;
  if (Array.isArray(many))
    return objects(many)
      .map((o) => words(o.text))
      .join(", ");
  if (isObject(value.selected_option)) return words(value.selected_option.text);
  for (const key of ["value", "selected_date", "selected_time", "selected_user", "selected_conversation"]) {
    if (typeof value[key] === "string") return value[key];
  }
  return "";
}

function richText(node: JsonObject): string {
  const own = string(node.text);
  return own + objects(node.elements).map(richText).join("");
}

function tableLines(block: Block): string[] {
  const rows = Array.isArray(block.rows) ? block.rows : [];
  return rows.map((row) =>
    objects(row)
      .map((cell) => words(cell.text) || richText(cell))
      .join(" | "),
  );
}
