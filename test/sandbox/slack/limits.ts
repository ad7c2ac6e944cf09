import { checkBlock } from "./limits-blocks.ts";
import { checkLength, checkText, Faults, ID_MAX } from "./limits-text.ts";
import { isObject } from "./readable.ts";
import type { Json, JsonObject } from "./types.ts";

/** Slack does not publish the size of a whole message; it refuses somewhere above 13,000 bytes of blocks. */
const MESSAGE_BYTES_MAX = 13_000;
const MESSAGE_BLOCKS_MAX = 50;
const VIEW_BLOCKS_MAX = 100;
const VIEW_WORDS_MAX = 24;
const PRIVATE_METADATA_MAX = 3000;
/** `view_too_large`: a whole view, in bytes. */
const VIEW_BYTES_MAX = 250_000;

export interface BlocksVerdict {
  /** Slack's error code. */
  error:
    | "invalid_blocks"
    | "invalid_blocks_format"
    | "msg_blocks_too_long"
    | "invalid_arguments"
    | "view_too_large";
  errors: string[];
}

/** Judges the blocks of a message; null when Slack would take them. */
export function judgeMessage(blocks: Json | undefined): BlocksVerdict | null {
  if (!Array.isArray(blocks)) return { error: "invalid_blocks_format", errors: ["blocks must be an array"] };
  const faults = new Faults();
  checkBlocks(blocks, "/blocks", MESSAGE_BLOCKS_MAX, "message", faults);
  if (faults.found.length > 0) return { error: "invalid_blocks", errors: faults.found };
  const bytes = Buffer.byteLength(JSON.stringify(blocks));
  if (bytes > MESSAGE_BYTES_MAX) {
    return {
      error: "msg_blocks_too_long",
      errors: [`blocks are ${bytes} bytes, more than ${MESSAGE_BYTES_MAX}`],
    };
  }
  return null;
}

/** Judges a modal or a home tab; null when Slack would take it. */
export function judgeView(view: Json | undefined): BlocksVerdict | null {
  const faults = new Faults();
  if (!isObject(view)) return { error: "invalid_arguments", errors: ["view must be an object"] };
  if (view.type !== "modal" && view.type !== "home") faults.add("/view/type", "must be modal or home");
  checkBlocks(view.blocks, "/view/blocks", VIEW_BLOCKS_MAX, view.type === "home" ? "home" : "modal", faults);
  if (view.type === "modal") checkModalFrame(view, faults);
  for (const id of ["callback_id", "external_id"]) checkLength(view[id], `/view/${id}`, ID_MAX, faults);
  checkLength(view.private_metadata, "/view/private_metadata", PRIVATE_METADATA_MAX, faults);
  if (faults.found.length > 0) return { error: "invalid_arguments", errors: faults.found };
  const bytes = Buffer.byteLength(JSON.stringify(view));
  if (bytes <= VIEW_BYTES_MAX) return null;
  return { error: "view_too_large", errors: [`the view is ${bytes} bytes, more than ${VIEW_BYTES_MAX}`] };
}

function checkModalFrame(view: JsonObject, faults: Faults): void {
  if (view.title === undefined) faults.add("/view/title", "missing required field: title");
  for (const word of ["title", "submit", "close"]) {
    if (view[word] !== undefined && view[word] !== null) {
      checkText(view[word], `/view/${word}`, VIEW_WORDS_MAX, "plain_text", faults);
    }
  }
  const blocks = Array.isArray(view.blocks) ? view.blocks : [];
  const asks = blocks.some((block) => isObject(block) && block.type === "input");
  if (asks && !isObject(view.submit)) faults.add("/view/submit", "a modal with an input block needs submit");
}

function checkBlocks(
  blocks: Json | undefined,
  pointer: string,
  max: number,
  surface: "message" | "modal" | "home",
  faults: Faults,
): void {
  if (!Array.isArray(blocks)) {
    faults.add(pointer, "missing required field: blocks");
    return;
  }
  if (blocks.length > max) faults.add(pointer, `no more than ${max} items allowed, got ${blocks.length}`);
  const seen = new Set<string>();
  blocks.forEach((block, i) => {
    const here = `${pointer}/${i}`;
    if (!isObject(block)) {
      faults.add(here, "must be an object");
      return;
    }
    const id = block.block_id;
    checkLength(id, `${here}/block_id`, ID_MAX, faults);
    if (typeof id === "string") {
      if (seen.has(id)) faults.add(`${here}/block_id`, `duplicate block_id ${id}`);
      seen.add(id);
    }
    checkBlock(block, here, surface, faults);
  });
}
