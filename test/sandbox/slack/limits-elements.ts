import { checkLength, checkText, type Faults, ID_MAX } from "./limits-text.ts";
import { isObject, objects, optionsOf } from "./readable.ts";
import type { Json, JsonObject } from "./types.ts";

type Check = (element: JsonObject, here: string, faults: Faults) => void;

const CHECKS: Record<string, Check> = {
  button: checkButton,
  overflow: (element, here, faults) => checkOptions(element, here, 5, faults),
  checkboxes: (element, here, faults) => checkOptions(element, here, 10, faults),
  radio_buttons: (element, here, faults) => checkOptions(element, here, 10, faults),
  static_select: (element, here, faults) => checkOptions(element, here, 100, faults),
  multi_static_select: (element, here, faults) => checkOptions(element, here, 100, faults),
  plain_text_input: checkTextInput,
  number_input: (element, here, faults) => {
    if (typeof element.is_decimal_allowed !== "boolean") {
      faults.add(`${here}/is_decimal_allowed`, "missing required field: is_decimal_allowed");
    }
    // Numbers are written as texts there.
    for (const name of ["initial_value", "min_value", "max_value"])
      if (element[name] !== undefined && typeof element[name] !== "string")
        faults.add(`${here}/${name}`, "must be a string");
  },
  datepicker: (element, here, faults) => {
    const day = element.initial_date;
    if (day !== undefined && !isDay(String(day))) {
      faults.add(`${here}/initial_date`, "must be YYYY-MM-DD");
    }
  },
};

/** An interactive element (or an image) at a place where only the `allowed` kinds may stand. */
export function checkElement(
  element: Json | undefined,
  here: string,
  allowed: string[],
  faults: Faults,
): void {
  if (!isObject(element)) {
    faults.add(here, "missing required field: element");
    return;
  }
  const type = element.type;
  if (typeof type !== "string" || !allowed.includes(type)) {
    faults.add(`${here}/type`, `unsupported type: ${String(type)}`);
    return;
  }
  checkLength(element.action_id, `${here}/action_id`, ID_MAX, faults);
  if (element.placeholder !== undefined) {
    checkText(element.placeholder, `${here}/placeholder`, 150, "plain_text", faults);
  }
  if (element.confirm !== undefined) checkConfirm(element.confirm, `${here}/confirm`, faults);
  CHECKS[type]?.(element, here, faults);
}

function checkButton(element: JsonObject, here: string, faults: Faults): void {
  checkText(element.text, `${here}/text`, 75, "plain_text", faults);
  checkLength(element.value, `${here}/value`, 2000, faults);
  checkLength(element.url, `${here}/url`, 3000, faults);
  checkLength(element.accessibility_label, `${here}/accessibility_label`, 75, faults);
  const style = element.style;
  if (style !== undefined && style !== "primary" && style !== "danger") {
    faults.add(`${here}/style`, "must be primary or danger");
  }
}

function checkTextInput(element: JsonObject, here: string, faults: Faults): void {
  const max = element.max_length;
  if (max !== undefined && (typeof max !== "number" || max < 1 || max > 3000)) {
    faults.add(`${here}/max_length`, "must be 1 to 3000");
  }
  const min = element.min_length;
  if (min !== undefined && (typeof min !== "number" || min < 0 || min > 3000)) {
    faults.add(`${here}/min_length`, "must be 0 to 3000");
  }
  checkLength(element.initial_value, `${here}/initial_value`, typeof max === "number" ? max : 3000, faults);
}

function checkOptions(element: JsonObject, here: string, max: number, faults: Faults): void {
  const groups = objects(element.option_groups);
  const options = optionsOf(element);
  if (groups.length > 100) faults.add(`${here}/option_groups`, "no more than 100 items allowed");
  groups.forEach((group, i) => {
    const count = objects(group.options).length;
    if (count < 1 || count > max)
      faults.add(`${here}/option_groups/${i}/options`, `must have 1 to ${max} items, got ${count}`);
    checkText(group.label, `${here}/option_groups/${i}/label`, 75, "plain_text", faults);
  });
  if (options.length === 0) faults.add(`${here}/options`, "must have at least 1 item");
  if (groups.length === 0 && options.length > max) {
    faults.add(`${here}/options`, `no more than ${max} items allowed, got ${options.length}`);
  }
  const rich = element.type === "checkboxes" || element.type === "radio_buttons";
  const values = new Set<Json>();
  options.forEach((option, i) => {
    checkText(option.text, `${here}/options/${i}/text`, 75, rich ? "any" : "plain_text", faults);
    const value = option.value;
    if (typeof value !== "string") faults.add(`${here}/options/${i}/value`, "missing required field: value");
    else if (values.has(value)) faults.add(`${here}/options/${i}/value`, `duplicate value ${value}`);
    else values.add(value);
    checkLength(value, `${here}/options/${i}/value`, 75, faults);
    if (option.description !== undefined) {
      checkText(option.description, `${here}/options/${i}/description`, 75, "any", faults);
    }
  });
  const most = element.max_selected_items;
  if (most !== undefined && (typeof most !== "number" || most < 1))
    faults.add(`${here}/max_selected_items`, "must be at least 1");
  checkInitial(element, options, here, faults);
}

function isDay(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Slack refuses a preselected option that is not, letter for letter, one of the options. */
function checkInitial(element: JsonObject, options: JsonObject[], here: string, faults: Faults): void {
  const known = options.map((option) => `${String(option.value)}\n${JSON.stringify(option.text)}`);
  const one = isObject(element.initial_option) ? [element.initial_option] : [];
  for (const initial of [...one, ...objects(element.initial_options)]) {
    if (!known.includes(`${String(initial.value)}\n${JSON.stringify(initial.text)}`)) {
      faults.add(`${here}/initial_option`, "must be one of the options");
    }
  }
}

function checkConfirm(confirm: Json, here: string, faults: Faults): void {
  if (!isObject(confirm)) {
    faults.add(here, "must be an object");
    return;
  }
  checkText(confirm.title, `${here}/title`, 100, "plain_text", faults);
  checkText(confirm.text, `${here}/text`, 300, "any", faults);
  checkText(confirm.confirm, `${here}/confirm`, 30, "plain_text", faults);
  checkText(confirm.deny, `${here}/deny`, 30, "plain_text", faults);
}
