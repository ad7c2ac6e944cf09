import { maskKeys } from "../../core/guarantee/mask.ts";

/**
 * Building blocks of what people see. Every text is `plain_text`: nothing that stood in a letter can become a link, a
 * mention or formatting, and every text is masked on its way out. Limits are Slack's (Block Kit reference).
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Block = { type: string; block_id?: string } & { [key: string]: Json };
export interface Text {
  type: "plain_text";
  text: string;
  emoji: false;
  [key: string]: Json;
}
/** One message: `text` is what notifications and screen readers say. */
export interface Screen {
  text: string;
  blocks: Block[];
}
export interface Modal {
  type: "modal";
  callback_id: string;
  title: Text;
  submit?: Text;
  close: Text;
  private_metadata: string;
  blocks: Block[];
}

export const SECTION_MAX = 3000;
const HEADER_MAX = 150;
/** Below Slack's 50 blocks and its unpublished size of a message, somewhere above 13,000 bytes. */
const MESSAGE_BLOCKS_MAX = 48;
const MESSAGE_BYTES_MAX = 11_500;
/** Slack shows a list of input errors and fallback texts in full up to here; longer ones become several blocks. */
const FALLBACK_MAX = 300;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

export function plain(text: string): Text {
  return { type: "plain_text", text: maskKeys(visible(text)), emoji: false };
}

/** Control characters show nothing and are six bytes each in JSON: a text full of them would break a message's bound. */
function visible(text: string): string {
  return text.replace(CONTROLS, " ");
}

/** Cuts at line ends where possible, else between characters, never inside one; nothing is lost. */
export function pieces(text: string, max: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const line = rest.lastIndexOf("\n", max);
    const end = line > max / 2 ? line : safeEnd(rest, max);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^\n/, "");
  }
  return rest === "" ? parts : [...parts, rest];
}

/** Never between the halves of a surrogate pair, nor before a variation selector. */
function safeEnd(text: string, max: number): number {
  let end = max;
  while (end > 1 && /^(?:[\uDC00-\uDFFF]|[\uFE00-\uFE0F])/.test(text.slice(end, end + 1))) end -= 1;
  return end;
}

/** Text of any length as sections. */
export function sections(text: string): Block[] {
  return pieces(text, SECTION_MAX).map((part) => ({ type: "section", text: plain(part) }));
}

/** A heading of any length: a header block when it fits, sections when not. */
export function heading(text: string): Block[] {
  if (text.length > HEADER_MAX) return sections(text);
  return [{ type: "header", text: plain(text) }];
}

export function context(text: string): Block[] {
  return pieces(text, SECTION_MAX).map((part) => ({ type: "context", elements: [plain(part)] }));
}

export const divider: Block = { type: "divider" };

export interface ButtonSpec {
  action: string;
  label: string;
  value: string;
  style?: "primary" | "danger";
  /** A question before anything is done. */
  confirm?: { title: string; text: string; confirm: string; deny: string };
}

export function button({ action, label, value, style, confirm }: ButtonSpec): { [key: string]: Json } {
  return {
    type: "button",
    action_id: action,
    text: plain(label),
    value,
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined ? {} : { confirm: asked(confirm) }),
  };
}

function asked({ title, text, confirm, deny }: NonNullable<ButtonSpec["confirm"]>): { [key: string]: Json } {
  return { title: plain(title), text: plain(text), confirm: plain(confirm), deny: plain(deny) };
}

export function buttons(blockId: string, specs: readonly ButtonSpec[]): Block[] {
  return specs.length === 0 ? [] : [{ type: "actions", block_id: blockId, elements: specs.map(button) }];
}

/** An input block; its one element always has the action id `value`. */
export function input(
  blockId: string,
  label: string,
  element: { [key: string]: Json },
  hint?: string,
): Block {
  return {
    type: "input",
    block_id: blockId,
    label: plain(label),
    element: { action_id: "value", ...element },
    ...(hint === undefined ? {} : { hint: plain(hint) }),
  };
}

/** Text for a message's `text` member, where Slack would still read markup (its own three escapes). */
export function fallback(text: string): string {
  const first = pieces(maskKeys(visible(text)), FALLBACK_MAX)[0] ?? "";
  return first.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Spreads blocks over as many messages as Slack's limits ask for. */
export function screens(text: string, blocks: readonly Block[]): Screen[] {
  return grouped(
    text,
    blocks.map((block) => [block]),
  );
}

/** The same; the blocks of a group stay together as long as they fit into one message. */
export function grouped(text: string, groups: readonly (readonly Block[])[]): Screen[] {
  const pages: Block[][] = [[]];
  let bytes = 0;
  for (const group of groups.flatMap(fitting)) {
    const size = sizeOf(group);
    const page = pages.at(-1) ?? [];
    const full = page.length + group.length > MESSAGE_BLOCKS_MAX || bytes + size > MESSAGE_BYTES_MAX;
    if (page.length > 0 && full) {
      pages.push([...group]);
      bytes = size;
    } else {
      page.push(...group);
      bytes += size;
    }
  }
  return pages.map((page) => ({ text: fallback(text), blocks: page }));
}

/** A group as it is, or block by block when it is too large for a message of its own. */
function fitting(group: readonly Block[]): (readonly Block[])[] {
  return group.length > MESSAGE_BLOCKS_MAX || sizeOf(group) > MESSAGE_BYTES_MAX
    ? group.map((block) => [block])
    : [group];
}

function sizeOf(group: readonly Block[]): number {
  return group.reduce((sum, block) => sum + Buffer.byteLength(JSON.stringify(block)) + 1, 0);
}

/** One sentence (or several lines) as a message. */
export function message(text: string): Screen[] {
  return screens(text, sections(text));
}
