import { expect } from "vitest";
import { APPLICANT, type TestDesk, TOWN_HALL } from "./desk.ts";

/** What everybody was told of a case, against the decisions in its audit log: each effect once, nothing without one. */

interface Entry {
  action: string;
  cause: string;
  guaranteeId: string | null;
  data: {
    change?: string;
    state?: string;
    told?: boolean;
    checks?: unknown[];
    template?: string;
    to?: string;
  };
}

/** Lines in the thread that an entry stands for. */
const LINES: Readonly<Record<string, (data: Entry["data"]) => string[]>> = {
  case_entered: () => ["entered"],
  application_corrected: () => ["corrected"],
  letter_received: ({ state }) => (state === "for_staff" ? ["letter_received"] : []),
  reviewed: () => ["reviewed"],
  returned: () => ["returned"],
  declined: () => ["declined"],
  withdrawn: () => ["withdrawn"],
  accepted: () => ["accepted"],
  fee_settled: () => ["settled"],
  issue_requested: () => ["issue_requested"],
  sent_back: () => ["sent_back"],
  issue_approved: () => ["approved"],
  issued: () => ["issued", "a certificate"],
  change_requested: () => ["change_requested"],
  change_refused: () => ["change_refused"],
  change_approved: () => ["change_approved"],
  amended: () => ["changed: amend", "a certificate"],
  rectified: () => ["changed: rectify", "a certificate"],
  amendment_withdrawn: () => ["changed: unamend"],
  cancelled: () => ["changed: cancel"],
  released: () => ["changed: release"],
  price_change_noted: ({ checks }) => (checks ?? []).map(() => "price_noted"),
  resend_requested: () => ["key_resent"],
  task_done: () => ["task_done"],
  key_sent: () => [],
  letter_written: () => [],
};

const CONFIRMED = "receipt or questions";
/** Templates that an entry stands for. */
const LETTERS: Readonly<Record<string, (entry: Entry) => string[]>> = {
  case_entered: () => [CONFIRMED],
  application_corrected: () => [CONFIRMED],
  reviewed: ({ data }) => (data.told === true ? [CONFIRMED] : []),
  returned: () => ["returned"],
  declined: () => ["declined"],
  withdrawn: () => ["withdrawn"],
  accepted: () => ["fee_due"],
  // What is issued together is told together; `mustHaveTold` looks that each guarantee is in one letter.
  key_sent: ({ cause }) => (cause.startsWith("issue:") ? ["issued"] : []),
  resend_requested: () => ["key_resent"],
  change_approved: ({ data }) => (data.change === "resend" ? ["key_resent"] : []),
};
/** Templates of changes that an orderer who has seen the guarantee is told, too. */
const CHANGES: Readonly<Record<string, string>> = {
  amended: "amended",
  rectified: "rectified",
  amendment_withdrawn: "unamended",
  cancelled: "cancelled",
  released: "released",
};

/** @param seen the town hall has looked at every guarantee as soon as it was in force. */
export async function mustHaveTold(world: TestDesk, caseId: string, seen: boolean): Promise<void> {
  const log = await world.query<Entry>(
    `SELECT action, cause, guarantee_id AS "guaranteeId", data FROM audit_entries WHERE case_id = $1`,
    [caseId],
  );
  const letters = await world.query<{ template: string; to: string; cause: string }>(
    'SELECT template, recipient AS "to", cause FROM outbound_letters WHERE case_id = $1',
    [caseId],
  );
  expect(letters.map(({ template, to }) => `${confirmed(template)} to ${to}`).sort(), "letters").toEqual(
    log.flatMap((entry) => lettersOf(entry, seen)).sort(),
  );
  const written = log.filter(({ action }) => action === "letter_written");
  expect(written.map(({ cause, data }) => `${data.template} to ${data.to}: ${cause}`).sort()).toEqual(
    letters.map(({ template, to, cause }) => `${template} to ${to}: ${cause}`).sort(),
  );
  const issued = log.filter(({ action }) => action === "issued").map(({ guaranteeId }) => guaranteeId);
  const inLetters = letters
    .filter(({ template }) => template === "issued")
    .flatMap(({ cause }) => cause.slice("issue:".length).split(","));
  expect(inLetters.sort(), "guarantees in letters about their issue").toEqual(issued.sort());
  expect(await linesOf(world, caseId), "lines in the thread").toEqual(
    ["card", ...log.flatMap(({ action, data }) => known(action)(data))].sort(),
  );
}

/** An action that nobody has thought of here is not passed over. */
function known(action: string): (data: Entry["data"]) => string[] {
  const lines = LINES[action];
  if (lines === undefined) throw new Error(`what does "${action}" tell whom?`);
  return lines;
}

function lettersOf(entry: Entry, seen: boolean): string[] {
  const { action } = entry;
  const change = CHANGES[action];
  if (change === undefined) return (LETTERS[action]?.(entry) ?? []).map((one) => `${one} to ${APPLICANT}`);
  return [APPLICANT, ...(seen ? [TOWN_HALL] : [])].map((to) => `${change} to ${to}`);
}

const confirmed = (template: string) =>
  template === "receipt" || template === "questions" ? CONFIRMED : template;

async function linesOf(world: TestDesk, caseId: string): Promise<string[]> {
  const rows = await world.query<{ kind: string; event: string | null; change: string | null }>(
    `SELECT kind, post->'content'->>'event' AS event, post->'content'->>'change' AS change
     FROM slack_messages WHERE case_id = $1`,
    [caseId],
  );
  return rows
    .map(({ kind, event, change }) => {
      if (kind === "file") return "a certificate";
      return event === "changed" ? `changed: ${change}` : (event ?? kind);
    })
    .sort();
}
