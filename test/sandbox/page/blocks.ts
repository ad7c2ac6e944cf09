import { elementsOf, optionsOf, readable, string, words } from "../slack/readable.ts";
import type { Block, Ephemeral, JsonObject, Message } from "../slack/types.ts";
import { type Html, html } from "./html.ts";

/** Hidden fields that say which button on which screen was pressed. */
export type Place = Record<string, string>;

/** The blocks of a screen, each control as a small form of its own. */
export function renderBlocks(screen: Message | Ephemeral, place: Place, fields: Html): Html {
  if (screen.blocks.length === 0) return html`<pre>${readable(screen)}</pre>`;
  const counts = new Map<string, number>();
  return html`${screen.blocks.map((block) => renderBlock(block, place, fields, counts))}`;
}

/** One block; `counts` tells controls of the same action_id apart across the screen. */
export function renderBlock(block: Block, place: Place, fields: Html, counts: Map<string, number>): Html {
  if (block.type === "divider") return html`<hr>`;
  if (block.type === "header") return html`<h4>${words(block.text)}</h4>`;
  const controls = elementsOf(block).filter((element) => typeof element.action_id === "string");
  const own = controls.length === 0 ? block : { ...block, accessory: null, elements: [] };
  const text = readable({ blocks: [own] });
  return html`${text !== "" && html`<pre class="${block.type === "context" && "quiet"}">${text}</pre>`}
${controls.map((element) => renderControl(element, place, fields, counts))}`;
}

function renderControl(element: JsonObject, place: Place, fields: Html, counts: Map<string, number>): Html {
  const action = string(element.action_id);
  const index = counts.get(action) ?? 0;
  counts.set(action, index + 1);
  const here = html`${fields}${Object.entries({ ...place, action, index: String(index) }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}`;
  if (element.type === "button") {
    return html`<form class="${string(element.style)}" method="post" action="/click">${here}<button>${words(element.text)}</button></form>`;
  }
  const options = optionsOf(element);
  if (options.length === 0) return html`<span class="quiet">[${string(element.type)}]</span>`;
  return html`<form method="post" action="/choose">${here}<select name="option">${options.map(
    (option) => html`<option value="${string(option.value)}">${words(option.text)}</option>`,
  )}</select><button>選ぶ Choose</button></form>`;
}
