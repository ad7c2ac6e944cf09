import { isObject, objects, optionsOf, string, words } from "../slack/readable.ts";
import type { Block, JsonObject, View } from "../slack/types.ts";
import { renderBlock } from "./blocks.ts";
import { type Html, html } from "./html.ts";

/** An open modal in its own order; inputs belong to the submit form by its id, since forms cannot nest. */
export function renderModal(view: View, fields: Html): Html {
  const place = { kind: "view", view: view.id };
  const counts = new Map<string, number>();
  const here = html`${fields}<input type="hidden" name="view" value="${view.id}">`;
  return html`<article class="modal"><h3>${view.title}</h3>
${view.blocks.map((block) => (block.type === "input" ? renderInput(block, view) : renderBlock(block, place, fields, counts)))}
<form id="modal" method="post" action="/submit">${here}${view.submit !== null && html`<button>${view.submit}</button>`}</form>
<form method="post" action="/close">${here}<button>${view.close ?? "閉じる"}</button></form></article>`;
}

function renderInput(block: Block, view: View): Html {
  const element = isObject(block.element) ? block.element : {};
  const blockId = string(block.block_id);
  const state = view.values[blockId]?.[string(element.action_id)] ?? {};
  const optional = block.optional === true ? "（任意）" : "";
  return html`<p><label>${words(block.label)}${optional}${control(element, `in:${blockId}`, state)}</label>
<span class="quiet">${words(block.hint)}</span></p>`;
}

function control(element: JsonObject, name: string, state: JsonObject): Html {
  const chosen = [
    ...objects(state.selected_options),
    ...(isObject(state.selected_option) ? [state.selected_option] : []),
  ];
  const values = chosen.map((option) => string(option.value));
  const options = optionsOf(element);
  if (element.type === "checkboxes") {
    return html`${options.map(
      (option) =>
        html`<br><input type="checkbox" form="modal" name="${name}" value="${string(option.value)}" ${values.includes(string(option.value)) && "checked"}> ${words(option.text)}`,
    )}`;
  }
  if (options.length > 0) {
    const many = string(element.type).startsWith("multi_") && "multiple";
    return html`<select form="modal" name="${name}" ${many}>${!many && html`<option value=""></option>`}${options.map(
      (option) =>
        html`<option value="${string(option.value)}" ${values.includes(string(option.value)) && "selected"}>${words(option.text)}</option>`,
    )}</select>`;
  }
  if (element.type === "datepicker") {
    return html`<input type="date" form="modal" name="${name}" value="${string(state.selected_date)}">`;
  }
  const value = string(state.value);
  if (element.multiline === true)
    return html`<textarea form="modal" name="${name}" rows="4">${value}</textarea>`;
  return html`<input form="modal" name="${name}" value="${value}">`;
}
