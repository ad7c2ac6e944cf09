import { formatJapaneseDay } from "../core/dates.ts";
import { formatAuditHead } from "../core/desk/audit-head.ts";
import type { LetterContent, OutgoingLetter, SubmissionDraft } from "../core/letters.ts";
import { formatYen } from "../core/money.ts";
import type { Application, GuaranteeKind, Problem } from "../core/terms.ts";
import { changeView } from "./change-letter.ts";
import { applicationTable, certificateTable, knownWorks, worksTable } from "./letter-tables.ts";
import { addressee, japaneseTime } from "./letter-values.ts";
import { grid } from "./tables.ts";
import type { LetterView } from "./template.ts";
import { verificationView } from "./verification-letter.ts";
import type { Words } from "./words.ts";

/** Who signs a letter. */
export interface Signature {
  guarantorName: string;
  guarantorAddress: string;
  deskAddress: string;
}

type Content<T extends LetterContent["template"]> = Extract<LetterContent, { template: T }>;

/** The words of a letter, signature included. Depends on nothing but what is given. */
export function wordLetter(
  letter: Pick<OutgoingLetter, "content" | "attachments">,
  words: Words,
  signature: Signature,
) {
  const { subject, text } = words.letter(letter.content.template, viewOf(letter, words));
  return { subject, text: `${text}\n${words.letter("signature", { ...signature }).text}` };
}

/** The words of the mail that the contractor sends to the orderer. */
export function wordSubmission(draft: SubmissionDraft, contractorName: string, words: Words) {
  return words.letter("submission", {
    subject: draft.subject,
    contractorName,
    items: draft.bodyItems.map((item) => ({ item })),
    files: draft.attachmentNames.map((file) => ({ file })),
  });
}

/** The contractor who receives an `issued` letter. */
export function contractorOf(content: Content<"issued">): string {
  return content.certificates[0]?.version.content.contractorName ?? "";
}

function viewOf(
  { content, attachments }: Pick<OutgoingLetter, "content" | "attachments">,
  words: Words,
): LetterView {
  switch (content.template) {
    case "receipt":
      return received(content, words);
    case "questions":
      return { ...received(content, words), problems: numbered(content.problems) };
    case "declined":
    case "returned":
    case "withdrawn":
      return {
        ...toContractor(content, words),
        works: worksTable(content.application, words),
        products: products(content.kinds, words),
        reason: content.reason,
      };
    case "fee_due":
      return feeDue(content, words);
    case "issued":
      return issued(content, words);
    case "amended":
    case "rectified":
    case "unamended":
    case "cancelled":
    case "released":
    case "expiring":
      return changeView(content, words);
    case "key_resent":
      return keyResent(content, words);
    case "verification":
      return {
        ...verificationView(content.answers, words),
        addressee: addressee(content.ordererName, words),
        answeredAt: japaneseTime(content.answeredAt, words),
        certificates: attachments.some((file) => file.contentType === "application/pdf"),
      };
    case "status":
      return status(content, words);
    case "fee_inquiry":
      return feeInquiry(content, words);
    case "blank_form":
      return {
        addressee: addressee(null, words),
        files: attachments.map(({ filename }) => ({ file: filename })),
      };
    case "send_again":
      return { addressee: addressee(null, words), problems: numbered(content.problems) };
    case "wrong_document":
    case "not_registered":
      return { addressee: addressee(null, words) };
    case "canary":
      return { sentAt: japaneseTime(content.sentAt, words) };
    case "audit_head":
      return {
        day: formatJapaneseDay(content.day),
        serial: String(content.serial),
        head: formatAuditHead(content),
      };
  }
}

const numbered = (problems: readonly Problem[]) =>
  problems.map(({ text }, at) => ({ number: String(at + 1), problem: oneLine(text) }));

function status({ cases }: Content<"status">, words: Words): LetterView {
  const term = (key: string, params?: Record<string, string>) => words.sentence("terms", key, params);
  const several = cases.length > 1;
  return {
    addressee: addressee(cases[0]?.application.contractorName ?? null, words),
    // A reply has to name one case: several numbers in its subject would leave open which.
    about: several ? term("status.count", { count: String(cases.length) }) : (cases[0]?.receiptNumber ?? ""),
    several,
    cases: cases.map(({ receiptNumber, application, products, problems }) => ({
      receiptNumber,
      works: worksTable(application, words),
      // Until the questions are answered the next step is the sender's, whatever the product.
      states: (problems.length > 0 ? [] : products).map(({ kind, state }) => ({
        product: term(`product.${kind}`),
        state: term(`status.${state}`),
      })),
      asked:
        problems.length === 0
          ? []
          : [{ request: term(several ? "status.askedOf" : "status.asked"), open: numbered(problems) }],
    })),
  };
}

function received(content: Content<"receipt"> | Content<"questions">, words: Words): LetterView {
  return {
    ...toContractor(content, words),
    application: applicationTable(content.application, words),
    unregistered: !content.senderRegistered,
    interim: content.application.guarantees.some(({ kind }) => kind === "interim_advance_payment"),
  };
}

function feeDue(content: Content<"fee_due">, words: Words): LetterView {
  return {
    ...toContractor(content, words),
    works: worksTable(content.application, words),
    fees: feeTable(content.fees, words),
    total: formatYen(content.totalYen),
    pay: !content.lump,
    lump: content.lump,
  };
}

function feeInquiry({ application, fees, totalYen, day }: Content<"fee_inquiry">, words: Words): LetterView {
  const table = knownWorks(application, words);
  return {
    addressee: addressee(application.contractorName, words),
    day: formatJapaneseDay(day),
    works: table === "" ? [] : [{ table }],
    fees: feeTable(fees, words),
    total: formatYen(totalYen),
  };
}

/** Product, guaranteed amount and fee in columns. */
function feeTable(fees: Content<"fee_inquiry">["fees"], words: Words): string {
  const heads = ["feeHead"].map((key) => words.sentence("terms", `letter.${key}`));
  const labels = ["guaranteedYen", "feeYen"].map((key) => words.sentence("terms", `label.${key}`));
  const rows = fees.map(({ kind, guaranteedYen, feeYen }) => [
    words.sentence("terms", `product.${kind}`),
    formatYen(guaranteedYen),
    formatYen(feeYen),
  ]);
  return grid([[...heads, ...labels], ...rows]);
}

function issued(content: Content<"issued">, words: Words): LetterView {
  const contractor = contractorOf(content);
  const many = content.drafts.length > 1;
  const electronic = content.certificates.some((one) => one.electronic);
  return {
    receiptNumber: content.receiptNumber,
    completion: words.sentence("terms", electronic ? "letter.issuedElectronic" : "letter.issuedPaper"),
    addressee: addressee(contractor, words),
    certificates: content.certificates.map((certificate) => ({
      heading: words.sentence("terms", "letter.certificateHeading", {
        product: words.sentence("terms", `product.${certificate.kind}`),
        number: certificate.number,
      }),
      contents: certificateTable(certificate, japaneseTime(certificate.version.issuedAt, words), words),
    })),
    electronic,
    paper: content.certificates.some((certificate) => !certificate.electronic),
    drafts: content.drafts.map((draft, at) => ({
      heading: words.sentence("terms", many ? "letter.draftHeadingOf" : "letter.draftHeading", {
        index: String(at + 1),
        count: String(content.drafts.length),
      }),
      to: draft.to.length === 0 ? words.sentence("terms", "value.noAddress") : draft.to.join(", "),
      copies: draft.cc.length === 0 ? [] : [{ cc: draft.cc.join(", ") }],
      subject: oneLine(draft.subject),
      body: wordSubmission(draft, contractor, words).text.trimEnd(),
      extras: draft.extraDocuments.map((document) => ({ document })),
      notes: draft.note === null ? [] : [{ note: draft.note }],
      phone: draft.confirmByPhone,
    })),
  };
}

function keyResent({ receiptNumber, contractorName, guarantees }: Content<"key_resent">, words: Words) {
  return {
    receiptNumber,
    addressee: addressee(contractorName, words),
    guarantees: guarantees.map(({ number, kind }) => ({
      guarantee: words.sentence("terms", "letter.certificateHeading", {
        ...{ number, product: words.sentence("terms", `product.${kind}`) },
      }),
    })),
  };
}

/** A case in which no product was asked for is spoken of as a whole. */
function products(kinds: readonly GuaranteeKind[], words: Words): { product: string }[] {
  if (kinds.length === 0) return [{ product: words.sentence("terms", "letter.noProduct") }];
  return kinds.map((kind) => ({ product: words.sentence("terms", `product.${kind}`) }));
}

function toContractor(
  content: { receiptNumber: string; application: Application },
  words: Words,
): LetterView {
  return {
    receiptNumber: content.receiptNumber,
    addressee: addressee(content.application.contractorName, words),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").trim();
}
