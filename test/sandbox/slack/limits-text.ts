import { isObject } from "./readable.ts";
import type { Json } from "./types.ts";

/** Longest block_id, action_id, callback_id, external_id. */
export const ID_MAX = 255;

/** Collects faults, each with the JSON pointer of the member at fault. */
export class Faults {
  readonly found: string[] = [];
  add(pointer: string, what: string): void {
    this.found.push(`${what} [json-pointer:${pointer}]`);
  }
}

/** A string of at most `max` characters, when there is one. */
export function checkLength(value: Json | undefined, pointer: string, max: number, faults: Faults): void {
  if (value === undefined || value === null) return;
  if (typeof value !== "string") {
    faults.add(pointer, "must be a string");
    return;
  }
  if (value.length > max) faults.add(pointer, `must be ${max} characters or less, got ${value.length}`);
}

/** A text object: 1 to `max` characters, of the kind allowed there. */
export function checkText(
  value: Json | undefined,
  pointer: string,
  max: number,
  kind: "plain_text" | "any",
  faults: Faults,
): void {
  if (!isObject(value)) {
    faults.add(pointer, "must be a text object");
    return;
  }
  const type = value.type;
  const allowed = kind === "plain_text" ? ["plain_text"] : ["plain_text", "mrkdwn"];
  if (typeof type !== "string" || !allowed.includes(type)) {
    faults.add(`${pointer}/type`, `must be ${allowed.join(" or ")}`);
  }
  if (type === "mrkdwn" && value.emoji !== undefined)
    faults.add(`${pointer}/emoji`, "not allowed with mrkdwn");
  const text = value.text;
  if (typeof text !== "string" || text.length === 0) {
    faults.add(`${pointer}/text`, "must be more than 0 characters");
    return;
  }
  checkLength(text, `${pointer}/text`, max, faults);
}
