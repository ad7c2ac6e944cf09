import type { LetterTemplate } from "../core/letters.ts";
import type { LetterShape } from "./template.ts";

/** What each letter of `ja/mail` may and must say. `signature` ends every letter; `submission` is the orderer's draft. */
export type LetterFile = LetterTemplate | "signature" | "submission";

const always = { receiptNumber: "value", addressee: "value" } as const;

export const LETTER_SHAPES: Readonly<Record<LetterFile, LetterShape>> = {
  receipt: { ...always, application: "value", unregistered: {} },
  questions: {
    ...always,
    application: "value",
    problems: { number: "value", problem: "value" },
    unregistered: {},
  },
  declined: { ...always, works: "value", products: { product: "value" }, reason: "value" },
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
  blank_form: { addressee: "value", files: { file: "value" } },
  wrong_document: { addressee: "value" },
  send_again: { addressee: "value", problems: { number: "value", problem: "value" } },
  not_registered: { addressee: "value" },
  canary: { sentAt: "value" },
  signature: { guarantorName: "value", guarantorAddress: "value", deskAddress: "value" },
  submission: {
    subject: "value",
    items: { item: "value" },
    files: { file: "value" },
    contractorName: "value",
  },
};
