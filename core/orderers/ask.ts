import { z } from "zod";
import { type FileFault, faultsOf, type Orderer, orderersFile, WORK_KINDS } from "../registry.ts";
import { type Day, GUARANTEE_KINDS } from "../terms.ts";
import { type AcceptanceAnswer, accepts } from "./acceptance.ts";

/** Options of `orderers check`; `null` is not given. */
export interface AcceptanceQuestion {
  orderer: string | null;
  prefecture: string | null;
  product: string | null;
  work: string | null;
  contractDate: string | null;
  announced: string | null;
  designated: string | null;
  bid: string | null;
  plannedNotice: string | null;
  procurementStart: string | null;
  approved: boolean;
  amendment: boolean;
}

/** Why a question cannot be asked; the code is worded in `templates/ja/operator.json`. */
export interface QuestionFault {
  code: "option_missing" | "option_invalid" | "orderer_unknown" | "orderer_several";
  option: string;
  value: string;
  expected: "" | "day" | "product" | "work";
}

const DAYS = ["contractDate", "announced", "designated", "bid", "plannedNotice", "procurementStart"] as const;

/** Asks the rules of a registry file, without a database; `faults` when the file is no registry. */
export function askAcceptance(
  file: unknown,
  question: AcceptanceQuestion,
  today: Day,
):
  | { ok: true; answer: AcceptanceAnswer }
  | { ok: false; fault: QuestionFault; faults?: undefined }
  | { ok: false; faults: FileFault[] } {
  const parsed = orderersFile.safeParse(file);
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) };
  const product = z.enum(GUARANTEE_KINDS).safeParse(question.product);
  const work = z.enum(WORK_KINDS).safeParse(question.work ?? "works");
  if (question.orderer === null) return fault("option_missing", "orderer");
  if (question.product === null) return fault("option_missing", "product");
  if (!product.success) return fault("option_invalid", "product", question.product, "product");
  if (!work.success) return fault("option_invalid", "work", question.work ?? "", "work");
  for (const name of DAYS) {
    const value = question[name];
    if (value !== null && !z.iso.date().safeParse(value).success)
      return fault("option_invalid", kebab(name), value, "day");
  }
  const named = parsed.data.filter((o) => isNamed(o, question));
  const [orderer] = named;
  if (orderer === undefined) return fault("orderer_unknown", "orderer", question.orderer);
  if (named.length > 1) return fault("orderer_several", "orderer", question.orderer);
  return { ok: true, answer: accepts(orderer, product.data, work.data, { ...question, today }) };
}

function isNamed(orderer: Orderer, { orderer: name, prefecture }: AcceptanceQuestion): boolean {
  return (
    (orderer.name === name || orderer.certificateName === name) &&
    (prefecture === null || orderer.prefecture === prefecture)
  );
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function fault(
  code: QuestionFault["code"],
  option: string,
  value = "",
  expected: QuestionFault["expected"] = "",
) {
  return { ok: false as const, fault: { code, option, value, expected } };
}
