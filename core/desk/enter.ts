import type { Case } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Transaction } from "../store.ts";
import type { Application } from "../terms.ts";
import { foldForComparison, keepable } from "../text.ts";
import { assess, confirmation } from "./open.ts";
import { sendLetter } from "./send.ts";
import { actor } from "./settle.ts";

/** An application that came by telephone or on paper, as staff enter it (新規). */
export interface Entry {
  /** Made when the form was opened; the case's id, so that one form opens one case however often it is sent. */
  id: string;
  origin: "phone" | "paper";
  /** Where the contractor wishes letters to go; `null`: to the first address registered. */
  address: string | null;
  application: Application;
}

export interface Entered {
  found: Case;
  /** Receipt or questions are sent; without an address nobody is written to. */
  told: boolean;
}

/** Opens a case as a letter would: number, checks, card, and receipt or questions to the contractor. */
export async function enterCase(desk: Desk, by: StaffMember, entry: Entry): Promise<Result<Entered>> {
  if (!mayDo(by, "new")) return refuse("role_missing", { deed: "new" });
  const own = desk.policy.deskAddress.toLowerCase();
  if (entry.address?.toLowerCase() === own) return refuse("registry_address_own", { address: entry.address });
  return desk.store.transact(async (tx) => {
    await tx.lockSubject(`case:${entry.id}`);
    const known = await tx.caseById(entry.id);
    if (known !== null) return ok({ found: known, told: known.senderAddress !== "" });
    return open(desk, tx, by, { ...entry, application: keepable(entry.application) });
  });
}

async function open(
  desk: Desk,
  tx: Transaction,
  by: StaffMember,
  { id, origin, address, application }: Entry,
): Promise<Result<Entered>> {
  const at = desk.now();
  const to = address ?? (await firstAddress(tx, application));
  const problems = desk.recheck(application, []);
  const assessed = await assess({ desk, tx, at }, application, problems, to);
  const receiptNumber = await tx.nextReceiptNumber();
  const guarantees = application.guarantees.map(
    (requested): Guarantee => ({ id: desk.newId(), kind: requested.kind, requested, status: "applied" }),
  );
  const trust =
    to !== "" && (await tx.isRegisteredAddress(to)) ? ("registered" as const) : ("other" as const);
  const opened = { id, receiptNumber, openedAt: at, origin, letterId: null, senderAddress: to, trust };
  await tx.insertCase({ ...opened, ...assessed, guarantees });
  const cause = `entry:${id}`;
  const content = { event: "entered" as const, by: by.name, origin, problems: problems.length };
  await tx.addSlack({ kind: "card", caseId: id }, at);
  await tx.addSlack({ kind: "thread", cause, caseId: id, content }, at);
  await tx.audit({
    ...{ at, actor: { kind: "staff", actor: actor(by) }, action: "case_entered", caseId: id },
    ...{ guaranteeId: null, cause },
    data: { receiptNumber, origin, application, problems, checks: assessed.checks },
  });
  if (to !== "") {
    const letter = { cause, to, caseId: id, answers: null, replyTo: null, attachments: [] };
    await sendLetter(desk, tx, { ...letter, content: confirmation({ receiptNumber, ...assessed }) }, at);
  }
  const found = await tx.caseById(id);
  return found === null ? refuse("case_not_found", { reference: "" }) : ok({ found, told: to !== "" });
}

/** The contractor's first registered address; empty when there is none, as of one that has no mail. */
async function firstAddress(tx: Transaction, { contractorName }: Application): Promise<string> {
  if (contractorName === null) return "";
  const contractor = await tx.contractorNamed(foldForComparison(contractorName));
  return contractor?.addresses[0] ?? "";
}
