import { checkElement } from "./limits-elements.ts";
import { checkLength, checkText, type Faults } from "./limits-text.ts";
import { isObject } from "./readable.ts";
import type { Json, JsonObject } from "./types.ts";

type Surface = "message" | "modal" | "home";
type Check = (block: JsonObject, here: string, surface: Surface, faults: Faults) => void;

const SELECTS = ["static", "external", "users", "conversations", "channels"].flatMap((kind) => [
  `${kind}_select`,
  `multi_${kind}_select`,
]);
const PICKERS = ["datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons", ...SELECTS];
const IN_ACTIONS = ["button", "overflow", ...PICKERS];
const IN_SECTION = ["button", "overflow", "image", ...PICKERS];
const IN_INPUT = [
  "plain_text_input",
  "number_input",
  "email_text_input",
  "url_text_input",
  "rich_text_input",
  "file_input",
  ...PICKERS,
];

/** One check for each kind of block; a kind that is not here is one that Slack does not know. */
const CHECKS: Record<string, Check> = {
  section: checkSection,
  header: (block, here, _surface, faults) => checkText(block.text, `${here}/text`, 150, "plain_text", faults),
  divider: () => {},
  context: checkContext,
  actions: checkActions,
  input: checkInput,
  image: checkImage,
  rich_text: (block, here, _surface, faults) => needList(block, here, "elements", faults),
  markdown: (block, here, surface, faults) => {
    if (surface !== "message") faults.add(here, "markdown is allowed in messages only");
    if (typeof block.text !== "string") faults.add(`${here}/text`, "missing required field: text");
    checkLength(block.text, `${here}/text`, 12_000, faults);
  },
  table: checkTable,
};

export function checkBlock(block: JsonObject, here: string, surface: Surface, faults: Faults): void {
  const type = block.type;
  const check = typeof type === "string" ? CHECKS[type] : undefined;
  if (check === undefined) {
    faults.add(`${here}/type`, `unsupported type: ${String(type)}`);
    return;
  }
  check(block, here, surface, faults);
}

function checkSection(block: JsonObject, here: string, _surface: Surface, faults: Faults): void {
  if (block.text === undefined && block.fields === undefined) {
    faults.add(here, "missing required field: text or fields");
  }
  if (block.text !== undefined) checkText(block.text, `${here}/text`, 3000, "any", faults);
  if (block.fields !== undefined) {
    const fields = Array.isArray(block.fields) ? block.fields : [];
    if (fields.length < 1 || fields.length > 10) faults.add(`${here}/fields`, "must have 1 to 10 items");
    fields.forEach((field, i) => {
      checkText(field, `${here}/fields/${i}`, 2000, "any", faults);
    });
  }
  if (block.accessory !== undefined) checkElement(block.accessory, `${here}/accessory`, IN_SECTION, faults);
}

function checkContext(block: JsonObject, here: string, _surface: Surface, faults: Faults): void {
  const elements = needList(block, here, "elements", faults);
  if (elements.length > 10)
    faults.add(`${here}/elements`, `no more than 10 items allowed, got ${elements.length}`);
  elements.forEach((element, i) => {
    if (isObject(element) && element.type === "image") return;
    checkText(element, `${here}/elements/${i}`, 3000, "any", faults);
  });
}

function checkActions(block: JsonObject, here: string, _surface: Surface, faults: Faults): void {
  const elements = needList(block, here, "elements", faults);
  if (elements.length > 25)
    faults.add(`${here}/elements`, `no more than 25 items allowed, got ${elements.length}`);
  const seen = new Set<Json>();
  elements.forEach((element, i) => {
    checkElement(element, `${here}/elements/${i}`, IN_ACTIONS, faults);
    const id = isObject(element) ? element.action_id : undefined;
    if (id === undefined) return;
    if (seen.has(id)) faults.add(`${here}/elements/${i}/action_id`, `duplicate action_id ${String(id)}`);
    seen.add(id);
  });
}

function checkInput(block: JsonObject, here: string, _surface: Surface, faults: Faults): void {
  checkText(block.label, `${here}/label`, 2000, "plain_text", faults);
  if (block.hint !== undefined) checkText(block.hint, `${here}/hint`, 2000, "plain_text", faults);
  checkElement(block.element, `${here}/element`, IN_INPUT, faults);
}

function checkImage(block: JsonObject, here: string, _surface: Surface, faults: Faults): void {
  if (block.image_url === undefined && block.slack_file === undefined) {
    faults.add(here, "missing required field: image_url");
  }
  if (typeof block.alt_text !== "string") faults.add(`${here}/alt_text`, "missing required field: alt_text");
  checkLength(block.alt_text, `${here}/alt_text`, 2000, faults);
  checkLength(block.image_url, `${here}/image_url`, 3000, faults);
}

function checkTable(block: JsonObject, here: string, surface: Surface, faults: Faults): void {
  if (surface !== "message") faults.add(here, "table is allowed in messages only");
  const rows = needList(block, here, "rows", faults);
  if (rows.length > 100) faults.add(`${here}/rows`, "no more than 100 rows allowed");
  rows.forEach((row, i) => {
    if (!Array.isArray(row) || row.length === 0 || row.length > 20) {
      faults.add(`${here}/rows/${i}`, "must have 1 to 20 cells");
    }
  });
}

function needList(block: JsonObject, here: string, name: string, faults: Faults): Json[] {
  const list = block[name];
  if (Array.isArray(list) && list.length > 0) return list;
  faults.add(`${here}/${name}`, `missing required field: ${name}`);
  return [];
}
