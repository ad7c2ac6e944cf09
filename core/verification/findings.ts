import { foldAuthKey, isAuthKey, sameAuthKey } from "../guarantee/auth-key.ts";
import { isGuaranteeNumber } from "../guarantee/number.ts";
import type { AuthKey, VerificationQuery } from "../terms.ts";
import type { Outcome } from "./answer.ts";

/**
 * One query is looked at in steps, each a finding; the findings fold into one outcome. "We could not check" (`error`)
 * never reads as "it is false" (`invalid`).
 */
export type Verdict = "valid" | "invalid" | "error" | "skipped";

export interface Findings {
  number_form: Verdict;
  key_form: Verdict;
  /** The number's budget of wrong pairs. */
  budget: Verdict;
  /** Number and key belong together and to the asking orderer. */
  match: Verdict;
}

/** What was found under the number; `key` null when the stored key could not be unsealed. */
export interface LookUp {
  key: AuthKey | null;
  /** The guarantee's orderer is one the sender is registered for. */
  ownOrderer: boolean;
}

/** Compared with when there is nothing to compare with, so that an unknown number takes the same steps. */
const NO_KEY = "------------";

/** @param failures wrong pairs for this number as written within the window; `failuresMax` 0 switches the budget off. */
export function examine(
  query: VerificationQuery,
  found: LookUp | null,
  failures: number,
  failuresMax: number,
): Findings {
  const number_form: Verdict = query.number !== null && isGuaranteeNumber(query.number) ? "valid" : "invalid";
  const typed = foldAuthKey(query.key ?? "");
  const key_form: Verdict = isAuthKey(typed) ? "valid" : "invalid";
  if (number_form === "invalid" || key_form === "invalid")
    return { number_form, key_form, budget: "skipped", match: "skipped" };
  if (failuresMax > 0 && failures >= failuresMax)
    return { number_form, key_form, budget: "invalid", match: "skipped" };
  return { number_form, key_form, budget: "valid", match: matchOf(typed, found) };
}

function matchOf(typed: AuthKey, found: LookUp | null): Verdict {
  const same = sameAuthKey(typed, found?.key ?? NO_KEY);
  if (found !== null && found.key === null) return "error";
  return same && found?.ownOrderer === true ? "valid" : "invalid";
}

export function outcomeOf(findings: Findings): Outcome {
  if (findings.number_form === "invalid" || findings.key_form === "invalid") return "mistyped";
  if (findings.budget === "invalid") return "locked";
  if (findings.match === "error" || findings.budget === "error") return "try_later";
  return findings.match === "valid" ? "confirmed" : "not_confirmed";
}
