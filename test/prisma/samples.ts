import type { CertificateContent, Guarantee } from "../../core/guarantee/guarantee.ts";
import type { ComposedLetter, OutgoingLetter } from "../../core/letters.ts";
import { contractorSchema, type Orderer, ordererSchema } from "../../core/registry.ts";
import type { NewCase } from "../../core/rows/cases.ts";
import type { ArrivedLetter } from "../../core/rows/letters.ts";
import type { Transaction } from "../../core/store.ts";
import type { Application, RequestedGuarantee } from "../../core/terms.ts";

/** Values for the tests of the store; each test names only what it is about. */

export const AT = "2026-04-10T01:02:03.456Z";
const MAKER = { employee: "1001", name: "見本 作成" };
const CHECKER = { employee: "1002", name: "見本 承認" };

export function arrived(changes: Partial<ArrivedLetter> = {}): ArrivedLetter {
  return {
    place: { mailbox: "INBOX", uidValidity: 4_000_000_000n, uid: 1 },
    receivedAt: AT,
    sender: "suzuki@tone.example",
    contentKey: "a".repeat(64),
    headerKey: "b".repeat(64),
    sealedRaw: Uint8Array.of(1, 2, 3),
    size: 3,
    oversize: false,
    answerable: true,
    ...changes,
  };
}

/** An office that nobody ever ran for. */
export const OFFICE = { name: "nobody's", epoch: 0 };

/** Records one letter as a watcher does with a batch of one. */
export async function recordOne(
  tx: Pick<Transaction, "recordLetters">,
  letter: ArrivedLetter,
): Promise<{ id: string; duplicate: boolean }> {
  const [kept] = await tx.recordLetters([letter], OFFICE);
  if (kept === undefined) throw new Error("not recorded");
  return kept;
}

const REQUESTED: RequestedGuarantee = {
  kind: "advance_payment",
  form: "electronic",
  guaranteedYen: 20_000_000,
  fiscalYearYen: null,
  depositBank: "見本銀行 利根支店",
  redeposit: false,
  feePayment: "一括納付",
  feeBillTo: null,
  paperFeeStatement: false,
  advanceGuaranteeNumber: null,
};

const APPLICATION: Application = {
  ordererName: "利根町長",
  contractorName: "利根建設株式会社",
  jointVentureName: null,
  worksTitle: "町道112号線改良工事",
  worksNumber: null,
  contractPriceYen: 50_000_000,
  contractDate: "2026-04-10",
  worksFrom: "2026-04-11",
  worksUntil: "2027-03-19",
  guarantees: [REQUESTED],
  handlingBranch: "茨城支店",
  completionNotice: null,
  completionEmail: null,
  directSubmission: null,
  contact: { department: null, title: null, name: null, phone: null },
  message: null,
};

const CONTENT: CertificateContent = {
  kind: "advance_payment",
  medium: "electronic",
  contractorName: "利根建設株式会社",
  contractorAddress: "茨城県北相馬郡利根町布川1",
  contractorRepresentative: "代表取締役 見本 太郎",
  jointVentureName: null,
  ordererName: "利根町長",
  guaranteedYen: 20_000_000,
  guaranteeUntil: "2027-03-31",
  worksTitle: "町道112号線改良工事",
  worksNumber: null,
  contractPriceYen: 50_000_000,
  fiscalYearYen: null,
  worksFrom: "2026-04-11",
  worksUntil: "2027-03-19",
  contractDate: "2026-04-10",
  depositBank: "見本銀行 利根支店",
  handlingBranch: "茨城支店",
};

export function applied(id: string): Guarantee {
  return { id, kind: "advance_payment", requested: REQUESTED, status: "applied" };
}

const FEE = { feeYen: 65_000, toldAt: AT, settlement: { how: "paid" as const, by: MAKER, at: AT } };

export function awaiting(id: string, number: string | null): Guarantee {
  const request = {
    ...{ version: 2, content: CONTENT, contentHash: "hash", previous: null },
    ...{ maker: MAKER, requestedAt: AT },
  };
  const approval = number === null ? null : { checker: CHECKER, approvedAt: AT, number };
  return { ...applied(id), status: "awaiting_approval", fee: FEE, request, approval };
}

export function inForce(id: string, number: string): Guarantee {
  const certificates = [
    { position: 0, serial: 0, content: CONTENT, issuedAt: AT, heldFrom: AT, ended: null },
  ];
  return { ...applied(id), status: "in_force", fee: FEE, number, certificates, change: null };
}

export function newCase(id: string, receiptNumber: string, guarantees: Guarantee[]): NewCase {
  return {
    ...{
      id,
      receiptNumber,
      openedAt: AT,
      origin: "mail",
      letterId: `letter of ${id}`,
      senderAddress: "suzuki@tone.example",
    },
    ...{
      trust: "registered",
      application: APPLICATION,
      problems: [],
      checks: [],
      ordererId: null,
      contractorId: null,
    },
    guarantees,
  };
}

export function orderer(changes: Partial<Orderer> = {}): Orderer {
  return ordererSchema.parse({
    name: "利根町",
    certificateName: "利根町長",
    prefecture: "茨城県",
    ...changes,
  });
}

export const CONTRACTOR = contractorSchema.parse({
  name: "利根建設株式会社",
  address: "茨城県北相馬郡利根町布川1",
  representative: "代表取締役 見本 太郎",
  addresses: ["Suzuki@tone-kensetsu.example"],
});

export function outgoing(cause: string, to = "suzuki@tone.example"): OutgoingLetter {
  return {
    ...{ cause, to, caseId: null, answers: null, replyTo: null, attachments: [] },
    content: { template: "not_registered" },
  };
}

export function composed(id: string): ComposedLetter {
  return {
    id,
    envelopeFrom: "desk@desk.example",
    messageId: `<${id}@desk.example>`,
    subject: "受付",
    bytes: Uint8Array.of(9),
  };
}
