import { isValidOn, type Orderer, type OrdererMailbox } from "../registry.ts";
import type { Day, GuaranteeKind } from "../terms.ts";

/**
 * Which mailbox of an orderer may ask, and which gets the result. Only confirmed mailboxes valid today count; a
 * domain is trusted for asking, results go to an address. A mailbox without products deals with all of them.
 */

/** Whether this address may ask the orderer's questions about a product. */
export function mayAsk(
  orderer: Pick<Orderer, "mailboxes">,
  from: string,
  kind: GuaranteeKind,
  today: Day,
): boolean {
  return inUse(orderer, kind, today).some((mailbox) => isFrom(mailbox, from));
}

/**
 * Where results go: the asking address itself when it is one of the orderer's, else the orderer's first address.
 * @param kind the product asked about; `null` when nothing was confirmed. @returns null when there is no address.
 */
export function resultAddress(
  orderer: Pick<Orderer, "mailboxes">,
  from: string,
  kind: GuaranteeKind | null,
  today: Day,
): string | null {
  const addresses = inUse(orderer, kind, today).filter(({ address }) => address !== null);
  const own = addresses.find((mailbox) => isFrom(mailbox, from));
  return (own ?? addresses[0])?.address ?? null;
}

/** True when the orderer has this very address in use. */
export function isOwnAddress(orderer: Pick<Orderer, "mailboxes">, from: string, today: Day): boolean {
  return inUse(orderer, null, today).some((mailbox) => mailbox.address !== null && isFrom(mailbox, from));
}

function inUse(
  { mailboxes }: Pick<Orderer, "mailboxes">,
  kind: GuaranteeKind | null,
  today: Day,
): OrdererMailbox[] {
  return mailboxes.filter(
    (mailbox) =>
      mailbox.confirmed &&
      isValidOn(mailbox, today) &&
      (kind === null || mailbox.products.length === 0 || mailbox.products.includes(kind)),
  );
}

function isFrom({ address, domain }: OrdererMailbox, from: string): boolean {
  const asked = from.toLowerCase();
  return address?.toLowerCase() === asked || (domain !== null && asked.endsWith(`@${domain.toLowerCase()}`));
}
