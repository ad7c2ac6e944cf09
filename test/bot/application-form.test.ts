import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyApplication, enteredForm } from "../../bot/blocks/application-entered.ts";
import { formBlocks } from "../../bot/blocks/application-form.ts";
import type { Block } from "../../bot/blocks/kit.ts";
import { newCaseModal } from "../../bot/blocks/new-case.ts";
import { reviewModal } from "../../bot/blocks/review.ts";
import { sayIn } from "../../bot/words.ts";
import { type Case, checkMark } from "../../core/case.ts";
import {
  type Application,
  GUARANTEE_KINDS,
  type GuaranteeKind,
  type RequestedGuarantee,
} from "../../core/terms.ts";
import { loadWords } from "../../templates/words.ts";
import { requested, application as sample } from "../desk/application.ts";

const words = loadWords();
const say = sayIn(words);

/** What Slack sends back when nobody touches anything. */
function untouched(blocks: readonly Block[]): Map<string, string> {
  const inputs = blocks.filter((block) => block.type === "input");
  return new Map(
    inputs.map((block) => {
      const element = block.element as { initial_value?: string; initial_date?: string };
      const option = (block.element as { initial_option?: { value: string } }).initial_option;
      return [block.block_id ?? "", element.initial_value ?? element.initial_date ?? option?.value ?? ""];
    }),
  );
}

const text = fc.option(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((one) => one.trim() !== ""),
  { nil: null },
);
const yen = fc.option(fc.integer({ min: 1, max: 999_999_999_999 }), { nil: null });
const choice = fc.constantFrom(true, false, null);
const day = fc.option(
  fc
    .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
    .map((one) => one.toISOString().slice(0, 10)),
  { nil: null },
);

const product = (kind: GuaranteeKind): fc.Arbitrary<RequestedGuarantee> =>
  fc.record({
    ...{ kind: fc.constant(kind), form: fc.constantFrom("electronic", "paper", null), guaranteedYen: yen },
    ...{ fiscalYearYen: yen, depositBank: text, redeposit: choice, feePayment: text, feeBillTo: text },
    ...{ paperFeeStatement: choice, advanceGuaranteeNumber: text },
  });

const applications: fc.Arbitrary<Application> = fc
  .record({
    ...{ ordererName: text, contractorName: text, jointVentureName: text, worksTitle: text },
    ...{ worksNumber: text, contractPriceYen: yen, contractDate: day, worksFrom: day, worksUntil: day },
    ...{ handlingBranch: text, completionNotice: choice, completionEmail: text, directSubmission: choice },
    contact: fc.record({ department: text, title: text, name: text, phone: text }),
    message: text,
    guarantees: fc.tuple(...GUARANTEE_KINDS.map(product)),
    asked: fc.subarray([...GUARANTEE_KINDS]),
  })
  .map(({ asked, guarantees, ...rest }) => ({
    ...rest,
    guarantees: guarantees.filter(({ kind }) => asked.includes(kind)),
  }));

/** Values that are only shown, for a product that holds prints them. */
const fixed = fc.subarray([
  "ordererName",
  "worksTitle",
  "contractPriceYen",
  "worksUntil",
  "completionNotice",
]);

describe("the form of an application", () => {
  it("sent back untouched says exactly what it was filled in from, whatever products it shows", () => {
    fc.assert(
      fc.property(applications, fc.subarray([...GUARANTEE_KINDS]), fixed, (application, kinds, shown) => {
        const blocks = formBlocks(application, kinds, words, say, { fixed: new Set(shown) });
        const sent = untouched(blocks);
        expect(shown.filter((path) => sent.has(path))).toEqual([]);
        expect(enteredForm(sent, application, say)).toEqual({ ok: true, application });
      }),
      { numRuns: 200 },
    );
  });

  it("filled in anew says what an application says, names folded as the reader folds them", () => {
    const sent = untouched(formBlocks(emptyApplication(), GUARANTEE_KINDS, words, say));
    sent.set("contractorName", "㈱見本組　御中");
    sent.set("guarantees.interim_advance_payment.wish", "electronic");
    sent.set("guarantees.interim_advance_payment.advanceGuaranteeNumber", "２０８００ー０００017");
    const entered = enteredForm(sent, emptyApplication(), say);
    if (!entered.ok) throw new Error(JSON.stringify(entered.errors));
    expect(entered.application.contractorName).toBe("株式会社見本組");
    expect(entered.application.guarantees).toMatchObject([
      { kind: "interim_advance_payment", form: "electronic", advanceGuaranteeNumber: "20800-000017" },
    ]);
  });

  it("stands in the modal of 新規, empty", () => {
    const meta = JSON.stringify({ id: "c1", channel: "C_DESK" });
    expect(newCaseModal(emptyApplication(), meta, words, say)).toMatchSnapshot();
  });

  it("stands in the modal of 審査 below questions, checks and what cannot be changed here", () => {
    const check = { kind: null, verdict: "unknown", measured: "", reason: "", rule: "", source: "" } as const;
    const ratio = {
      ...{ ...check, code: "ratio_within", kind: "advance_payment", measured: "40.0 % / fiscalYearYen" },
      reason: "no_rule",
    } as const;
    const settled = { ...check, code: "interim_certified", kind: "interim_advance_payment" } as const;
    const by = { employee: "1001", name: "佐藤 一郎" };
    const at = "2026-04-10T01:00:00.000Z";
    const application = sample({ contractPriceYen: null });
    const found = {
      ...{ id: "c1", receiptNumber: "A-000001", application, checks: [ratio, settled] },
      reviews: [{ code: settled.code, kind: settled.kind, of: checkMark(settled), note: "認定調書", by, at }],
      problems: [
        { field: "application", code: "unreadable", text: "添付ファイルを読み取れませんでした。" },
        { field: "contractPriceYen", code: "missing", text: "請負金額が記載されていません。" },
      ],
      guarantees: [
        { id: "g1", kind: "advance_payment", requested: application.guarantees[0], status: "applied" },
        {
          ...{ id: "g2", kind: "performance", requested: requested("performance", 5_000_000) },
          ...{ status: "declined", reason: "規程" },
        },
      ],
    } as unknown as Case;
    expect(reviewModal(found, [0], "{}", words, say)).toMatchSnapshot();
  });
});
