import { dayInTokyo } from "../../dates.ts";
import type { StaffMember } from "../../policy.ts";
import type { Desk } from "../../ports.ts";
import type { Orderer, OrdererMailbox, Registered } from "../../registry.ts";
import { ok, type Result, refuse } from "../../result.ts";
import type { RegistryChange } from "../../rows/registry.ts";
import type { Day } from "../../terms.ts";
import { keepable } from "../../text.ts";
import { addProposal, registryHash, registryStep, tellDesk, withoutId } from "./changes.ts";

/** 発注者: looking one up, and whom of its mailboxes we trust. Its rules are edited in a file (`orderers import`). */

/** What is typed to find an entry; names are at most 100 characters long. */
const WORDS_MAX = 200;

/** A mailbox as a screen names it: by what it says, for its place in the list may change. */
export interface MailboxRef {
  ordererId: string;
  hash: string;
}

/** An orderer with all that its screen shows. */
export interface OrdererView {
  orderer: Registered<Orderer>;
  mailboxes: { mailbox: OrdererMailbox; hash: string; open: RegistryChange | null }[];
  today: Day;
}

/** Orderers by a part of the name or a mail address; without words those that changed last. */
export async function findOrderers(
  desk: Desk,
  by: StaffMember,
  words: string,
  limit: number,
): Promise<Result<Registered<Orderer>[]>> {
  return registryStep(desk, by, "orderer", async ({ tx }) =>
    ok(await tx.orderersLike(keepable(words).slice(0, WORDS_MAX), limit)),
  );
}

/** @param limit of mailboxes that are looked up with their proposals. */
export async function viewOrderer(
  desk: Desk,
  by: StaffMember,
  id: string,
  limit: number,
): Promise<Result<OrdererView>> {
  return registryStep(desk, by, "orderer", async ({ tx, at }) => {
    const orderer = await tx.ordererById(id);
    if (orderer === null) return refuse("registry_unknown");
    const shown = orderer.mailboxes.slice(0, limit).map((mailbox) => {
      const hash = registryHash(mailbox);
      return { mailbox, hash, subject: subjectOf({ ordererId: id, hash }) };
    });
    const asked = shown.filter(({ mailbox }) => !mailbox.confirmed).map(({ subject }) => subject);
    const proposals = new Map((await tx.openRegistryChangesOf(asked)).map((one) => [one.subject, one]));
    const mailboxes = shown.map(({ mailbox, hash, subject }) => ({
      ...{ mailbox, hash, open: proposals.get(subject) ?? null },
    }));
    return ok({ orderer, mailboxes, today: dayInTokyo(at) });
  });
}

/** Asks that a mailbox be trusted; it is once another person has confirmed it. */
export function proposeMailbox(
  desk: Desk,
  by: StaffMember,
  ref: MailboxRef,
): Promise<Result<RegistryChange>> {
  return registryStep(desk, by, "register", async (step) => {
    const subject = subjectOf(ref);
    await step.tx.lockSubject(subject);
    const orderer = await step.tx.lockOrderer(ref.ordererId);
    const mailbox = orderer?.mailboxes.find((one) => registryHash(one) === ref.hash);
    if (orderer === null || mailbox === undefined || mailbox.confirmed) return refuse("registry_changed");
    const { id: entryId, prefecture, name: ordererName } = orderer;
    const content = { kind: "mailbox", prefecture, ordererName, mailbox } as const;
    return ok(await addProposal(step, { registry: "orderer", subject, entryId, content }));
  });
}

/** Takes the trust in a mailbox away, at once and by one person: nothing is sent or believed on the strength of it. */
export function unconfirmMailbox(
  desk: Desk,
  by: StaffMember,
  ref: MailboxRef,
): Promise<Result<{ orderer: Registered<Orderer>; mailbox: OrdererMailbox }>> {
  return registryStep(desk, by, "confirm_registry", async (step) => {
    const { tx, at, cause } = step;
    const orderer = await tx.lockOrderer(ref.ordererId);
    const place = orderer?.mailboxes.findIndex((one) => registryHash(one) === ref.hash) ?? -1;
    const mailbox = orderer?.mailboxes[place];
    if (orderer === null || mailbox === undefined || !mailbox.confirmed) return refuse("registry_changed");
    const mailboxes = orderer.mailboxes.map((one, i) => (i === place ? { ...one, confirmed: false } : one));
    await tx.replaceOrderers([{ ...withoutId(orderer), mailboxes }], at);
    await tx.audit({
      ...{ at, action: "mailbox_unconfirmed", caseId: null, guaranteeId: null, cause },
      actor: { kind: "staff", actor: { employee: by.employee, name: by.name } },
      data: { ordererId: orderer.id, ordererName: orderer.name, before: mailbox },
    });
    await tellDesk(step, { event: "mailbox_unconfirmed", name: orderer.name, by: by.name });
    return ok({ orderer, mailbox });
  });
}

/** One open proposal a mailbox. */
function subjectOf({ ordererId, hash }: MailboxRef): string {
  return `mailbox:${ordererId}:${hash}`;
}
