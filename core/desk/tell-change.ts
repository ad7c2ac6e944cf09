import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { PDF_TYPE } from "../documents.ts";
import { differences } from "../guarantee/content.ts";
import type { CertificateVersion, ChangeKind, IssuedGuarantee } from "../guarantee/guarantee.ts";
import type { ChangeTemplate, LetterAttachment } from "../letters.ts";
import type { Desk } from "../ports.ts";
import type { Orderer, Registered } from "../registry.ts";
import type { Transaction } from "../store.ts";
import type { Day, Instant } from "../terms.ts";
import { resultAddress } from "../verification/mailboxes.ts";
import { contractorMailbox, sendLetter } from "./send.ts";

/** What became of a guarantee that outsiders know. */
export interface ToldChange {
  guarantee: IssuedGuarantee;
  change: Exclude<ChangeKind, "resend"> | "expire";
  /** The version that holds now, or held last. */
  version: CertificateVersion;
  /** The version that held before, where another holds now. */
  before: CertificateVersion | null;
  /** The certificate of `version`, where outsiders have to have it. */
  certificate: Uint8Array | null;
}

const TEMPLATES: Readonly<Record<ToldChange["change"], ChangeTemplate>> = {
  amend: "amended",
  rectify: "rectified",
  unamend: "unamended",
  cancel: "cancelled",
  release: "released",
  expire: "expiring",
};

/**
 * Tells the contractor, and every orderer that has looked at the guarantee, with the certificate that holds now: whoever
 * has a faulty or former one gets the right one (contract section 6). Who has no address for it is told by people; the
 * thread says so.
 */
export async function tellOfChange(
  desk: Desk,
  tx: Transaction,
  found: Case,
  told: ToldChange,
  at: Instant,
): Promise<void> {
  const { guarantee, change, version } = told;
  const cause = `${change}:${guarantee.id}:${markOf(told)}`;
  const contractor = contractorMailbox(found, found.application.completionEmail);
  if (contractor !== null)
    await send(desk, tx, found, told, {
      ...{ cause: `${cause}:contractor`, to: contractor, reader: "contractor", at },
      addressee: version.content.contractorName,
    });
  else {
    const content = { event: "contractor_not_told" as const, number: guarantee.number };
    await tx.addSlack({ kind: "thread", cause: `${cause}:contractor`, caseId: found.id, content }, at);
  }
  const { addresses, unreachable } = await ordererAddresses(tx, found, guarantee, dayInTokyo(at));
  for (const [to, { name }] of addresses)
    await send(desk, tx, found, told, {
      ...{ cause: `${cause}:${to}`, to, reader: "orderer", at },
      addressee: name,
    });
  for (const { id, name } of unreachable) {
    const content = { event: "orderer_not_told" as const, ordererName: name, number: guarantee.number };
    await tx.addSlack({ kind: "thread", cause: `${cause}:${id}`, caseId: found.id, content }, at);
  }
}

/** Tells one such change from the next of the same kind: each is told once. */
function markOf({ guarantee, change, version }: ToldChange): string {
  if (change === "expire") return version.content.guaranteeUntil;
  // Withdrawing an amendment adds no version: those that have ended count it.
  const ended = guarantee.certificates.filter((one) => one.ended !== null).length;
  return `${version.position}:${ended}`;
}

/** The registered address of each orderer that was told that the guarantee is confirmed: where it asked from, or its first. */
async function ordererAddresses(tx: Transaction, found: Case, guarantee: IssuedGuarantee, today: Day) {
  // A verification under way has seen the former state: it ends first, and is told of this one.
  await tx.lockNumber(guarantee.number);
  const verifiers = await tx.verifiersOf(guarantee.id);
  const addresses = new Map<string, Registered<Orderer>>();
  const unreachable = new Set<Registered<Orderer>>();
  for (const { ordererId, address } of verifiers) {
    // A guarantee is confirmed to its own orderer alone.
    const orderer = found.orderer?.id === ordererId ? found.orderer : null;
    if (orderer === null) continue;
    const to = resultAddress(orderer, address, guarantee.kind, today);
    if (to === null) unreachable.add(orderer);
    else addresses.set(to, orderer);
  }
  return { addresses, unreachable };
}

async function send(
  desk: Desk,
  tx: Transaction,
  found: Case,
  { guarantee, change, version, before, certificate }: ToldChange,
  letter: {
    cause: string;
    to: string;
    reader: "contractor" | "orderer";
    addressee: string;
    at: Instant;
  },
): Promise<void> {
  const { cause, to, reader, addressee, at } = letter;
  const { number, kind } = guarantee;
  const electronic = version.content.medium === "electronic";
  const filename = desk.documents.fileNames(number, version.serial).certificate;
  const attachments: LetterAttachment[] =
    certificate === null || !electronic ? [] : [{ filename, contentType: PDF_TYPE, content: certificate }];
  await sendLetter(
    desk,
    tx,
    {
      ...{ cause, to, caseId: found.id, answers: null, replyTo: null, attachments },
      content: {
        template: TEMPLATES[change],
        ...{ receiptNumber: found.receiptNumber, reader, addressee, number, kind, electronic, version },
        differences: before === null ? [] : differences(before.content, version.content),
        on: "on" in guarantee ? guarantee.on : version.content.guaranteeUntil,
      },
    },
    at,
  );
}
