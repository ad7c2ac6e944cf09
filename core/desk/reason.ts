import { maskKeys } from "../guarantee/mask.ts";
import { keepable } from "../text.ts";

/**
 * A reason as staff typed it, fit to be kept: it goes into the audit log, which cannot be rewritten, into the thread and
 * into letters, so that a key somebody pasted must not stand in it (contract section 2).
 */
export function keptReason(typed: string): string {
  return maskKeys(keepable(typed)).trim();
}
