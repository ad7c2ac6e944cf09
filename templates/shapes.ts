import type { LetterTemplate } from "../core/letters.ts";
import type { LetterShape } from "./template.ts";

/** What each letter of `ja/mail` may and must say. `signature` ends every letter; `submission` is the orderer's draft. */
export type LetterFile = LetterTemplate | "signature" | "submission";

const always = { receiptNumber: "value", addressee: "value" } as const;

/** What the letters about an application's fate say. */
const decided = { ...always, works: "value", products: { product: "value" }, reason: "value" } as const;

/** What the letters about an issued guarantee say; who reads them, and what is asked of him. */
const ofGuarantee = { ...always, guarantee: "value", toContractor: {}, toOrderer: {} } as const;
const changed = {
  ...ofGuarantee,
  changes: { item: "value", before: "value", after: "value" },
  contractor: { contents: "value", electronic: {}, paper: {} },
  orderer: { electronic: {}, paper: {} },
} as const;
const ended = { ...ofGuarantee, on: "value", contractor: { electronic: {}, paper: {} } } as const;

export const LETTER_SHAPES: Readonly<Record<LetterFile, LetterShape>> = {
  receipt: { ...always, application: "value", unregistered: {}, interim: {} },
  questions: {
    ...always,
    application: "value",
    problems: { number: "value", problem: "value" },
    unregistered: {},
    interim: {},
  },
  declined: decided,
  returned: decided,
  withdrawn: decided,
  fee_due: { ...always, works: "value", fees: "value", total: "value", pay: {}, lump: {} },
  issued: {
    receiptNumber: "value",
    completion: "value",
    addressee: "value",
    certificates: { heading: "value", contents: "value" },
    electronic: {},
    paper: {},
    drafts: {
      heading: "value",
      to: "value",
      copies: { cc: "value" },
      subject: "value",
      body: "value",
      extras: { document: "value" },
      notes: { note: "value" },
      phone: {},
    },
  },
  amended: changed,
  rectified: changed,
  unamended: { ...changed, withdrawn: "value", current: "value" },
  cancelled: ended,
  released: ended,
  expiring: { ...ofGuarantee, on: "value" },
  key_resent: { ...always, guarantees: { guarantee: "value" } },
  verification: {
    answeredAt: "value",
    addressee: "value",
    answers: {
      heading: "value",
      verdict: "value",
      contents: { table: "value" },
      compared: { table: "value" },
      remarks: { remark: "value" },
    },
    legend: { sentence: "value" },
    certificates: {},
  },
  status: {
    addressee: "value",
    about: "value",
    cases: {
      receiptNumber: "value",
      works: "value",
      states: { product: "value", state: "value" },
      asked: { request: "value", open: { number: "value", problem: "value" } },
    },
    several: {},
  },
  fee_inquiry: { addressee: "value", day: "value", works: { table: "value" }, fees: "value", total: "value" },
  blank_form: { addressee: "value", files: { file: "value" } },
  wrong_document: { addressee: "value" },
  send_again: { addressee: "value", problems: { number: "value", problem: "value" } },
  not_registered: { addressee: "value" },
  canary: { sentAt: "value" },
  audit_head: { day: "value", serial: "value", head: "value" },
  signature: { guarantorName: "value", guarantorAddress: "value", deskAddress: "value" },
  submission: {
    subject: "value",
    items: { item: "value" },
    files: { file: "value" },
    contractorName: "value",
  },
};
