import { type ParsedMail, simpleParser } from "mailparser";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import type { LetterContent, OutgoingLetter } from "../../core/letters.ts";
import { ownIds } from "../../core/own-id.ts";
import type { Application } from "../../core/terms.ts";
import { type ComposeContext, composer } from "../../mail/smtp/compose.ts";
import { loadWords } from "../../templates/words.ts";

/** Sample letters of the desk, composed and opened again as the other side opens them. All names are invented. */

export const DESK = "hosho@mihon-hosho.example";
export const NOTICE = {
  filename: "認証キーのお知らせ_20800-000017.pdf",
  contentType: "application/pdf",
  content: Buffer.from("%PDF-1.7 notice"),
};
export const IDS = ownIds([Buffer.alloc(32, 1).toString("base64")]);
let letters = 0;
const context: ComposeContext = {
  from: DESK,
  guarantor: { name: "見本建設業保証株式会社", address: "東京都千代田区見本町一丁目2番3号" },
  words: loadWords(),
  now: () => "2026-04-10T01:02:03.000Z",
  ids: IDS,
  verp: false,
  newId: () => `0000000${++letters % 10}-0000-4000-8000-000000000000`,
};

/** A letter that answers a query, composed with another context. */
export function composedWith(content: LetterContent, change: Partial<ComposeContext> = {}) {
  const letter = { cause: "c", to: "suzuki@tone.example", caseId: null, answers: null, replyTo: null };
  return composer({ ...context, ...change })({ ...letter, content, attachments: [] });
}

const compose = composer(context);

export async function letter(content: LetterContent, change: Partial<OutgoingLetter> = {}) {
  const replyTo = { messageId: "<q@tone.example>", references: ["<first@tone.example>"], subject: "申込" };
  const composed = await compose({
    cause: "c",
    to: "suzuki@tone.example",
    caseId: null,
    answers: null,
    replyTo,
    content,
    attachments: [],
    ...change,
  });
  const mail: ParsedMail = await simpleParser(Buffer.from(composed.bytes), { skipTextToHtml: true });
  return { composed, mail, text: mail.text ?? "", raw: Buffer.from(composed.bytes).toString("latin1") };
}

const guarantee = {
  fiscalYearYen: null,
  redeposit: null,
  feePayment: null,
  feeBillTo: null,
  paperFeeStatement: null,
  advanceGuaranteeNumber: null,
};
export const application: Application = {
  ...{
    ordererName: "利根町長",
    contractorName: "利根建設株式会社",
    jointVentureName: null,
    worksTitle: "町道112号線改良工事",
    worksNumber: null,
  },
  ...{
    contractPriceYen: 50_000_000,
    contractDate: "2026-04-10",
    worksFrom: "2026-04-11",
    worksUntil: "2027-03-19",
  },
  guarantees: [
    {
      ...guarantee,
      kind: "advance_payment",
      form: "electronic",
      guaranteedYen: 20_000_000,
      depositBank: null,
    },
  ],
  ...{
    handlingBranch: null,
    completionNotice: null,
    completionEmail: null,
    directSubmission: null,
    message: null,
  },
  contact: { department: null, title: null, name: null, phone: null },
};
const certificate: CertificateContent = {
  ...{
    kind: "advance_payment",
    medium: "electronic",
    contractorName: "髙﨑建設株式会社",
    contractorAddress: "茨城県利根町布川1",
  },
  ...{
    contractorRepresentative: "代表取締役 𠮷田 花子",
    jointVentureName: null,
    ordererName: "利根町長",
    guaranteedYen: 20_000_000,
  },
  ...{
    guaranteeUntil: "2027-03-19",
    worksTitle: "町道112号線改良工事",
    worksNumber: null,
    contractPriceYen: 50_000_000,
    fiscalYearYen: null,
  },
  ...{
    worksFrom: "2026-04-11",
    worksUntil: "2027-03-19",
    contractDate: "2026-04-10",
    depositBank: "見本銀行 利根支店",
    handlingBranch: "茨城支店",
  },
};
export const issued: LetterContent = {
  ...{ template: "issued", receiptNumber: "A-000123" },
  certificates: [
    {
      number: "20800-000017",
      kind: "advance_payment",
      electronic: true,
      version: {
        ...{ position: 0, serial: 0, content: certificate, ended: null },
        ...{ issuedAt: "2026-04-20T01:02:03.000Z", heldFrom: "2026-04-20T01:02:03.000Z" },
      },
    },
  ],
  drafts: [
    {
      ...{
        to: ["nyusatsu@town.tone.example"],
        cc: [],
        subject: "【前払金保証】町道112号線改良工事",
        bodyItems: ["工事名：町道112号線改良工事"],
      },
      ...{
        extraDocuments: ["前払金請求書"],
        confirmByPhone: true,
        note: null,
        attachmentNames: [NOTICE.filename],
      },
    },
  ],
};
