import type { Refusal } from "./refusals.ts";

/** What a decision gives back: a value, or a refusal with its reason. A refusal is never thrown. */
export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(
  code: Refusal["code"],
  detail: Refusal["detail"] = {},
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code, detail } };
}
