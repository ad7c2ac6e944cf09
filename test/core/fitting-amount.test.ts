import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkAmount } from "../../core/orderers/amounts.ts";
import { fittingAmount } from "../../core/orderers/fitting-amount.ts";
import { type Orderer, ordererSchema } from "../../core/registry.ts";
import type { Application, GuaranteeKind, RequestedGuarantee } from "../../core/terms.ts";

const DAY = "2026-04-10";

function orderer(rule: object): Orderer {
  return ordererSchema.parse({
    ...{ name: "利根町", certificateName: "利根町長", prefecture: "茨城県" },
    amounts: [
      {
        ...{ products: ["advance_payment", "interim_advance_payment", "performance"] },
        ...{ workKinds: ["works"], from: "2020-04-01", ...rule },
      },
    ],
  });
}

function asked(
  kind: GuaranteeKind,
  guaranteedYen: number,
  fiscalYearYen: number | null = null,
): RequestedGuarantee {
  return {
    ...{ kind, form: "electronic", guaranteedYen, fiscalYearYen, depositBank: null, redeposit: null },
    ...{ feePayment: null, feeBillTo: null, paperFeeStatement: null, advanceGuaranteeNumber: null },
  };
}

function works(contractPriceYen: number, guarantees: RequestedGuarantee[]): Application {
  return {
    ...{ ordererName: null, contractorName: null, jointVentureName: null, worksTitle: null },
    ...{ worksNumber: null, contractPriceYen, contractDate: DAY, worksFrom: null, worksUntil: null },
    ...{ guarantees, handlingBranch: null, completionNotice: null, completionEmail: null },
    ...{ directSubmission: null, message: null },
    contact: { department: null, title: null, name: null, phone: null },
  };
}

const fitting = (rule: object, price: number, one: RequestedGuarantee, others: RequestedGuarantee[] = []) =>
  fittingAmount(orderer(rule), works(price, [one, ...others]), one, "works", DAY);

describe("the amount that fits once a price has changed", () => {
  it("is the smallest whole yen at or above the floor", () => {
    expect(fitting({ ratioMin: 0.1 }, 55_000_001, asked("performance", 5_000_000))).toBe(5_500_001);
  });

  it("is the greatest below the ceiling, rounded down for an advance as the rule says", () => {
    const rule = { ratioMax: 0.4, roundDownYen: 100_000 };
    expect(fitting(rule, 45_123_456, asked("advance_payment", 20_000_000))).toBe(18_000_000);
    expect(fitting({ ratioMax: 0.45 }, 45_123_457, asked("advance_payment", 25_000_000))).toBe(20_305_555);
  });

  it("leaves room for the other advance under a ceiling for both", () => {
    const rule = { ratioMax: 0.4, totalRatioMax: 0.6 };
    const interim = asked("interim_advance_payment", 10_000_000);
    const others = [asked("advance_payment", 18_000_000)];
    expect(fitting(rule, 45_000_000, interim, others)).toBe(9_000_000);
  });

  it("goes by 今年度対象額 where there is one", () => {
    const one = asked("advance_payment", 9_000_000, 20_000_000);
    expect(fitting({ ratioMax: 0.4 }, 100_000_000, one)).toBe(8_000_000);
  });

  it("is none where nothing is broken, no rule is known, or no amount helps", () => {
    expect(fitting({ ratioMax: 0.4 }, 50_000_000, asked("advance_payment", 20_000_000))).toBeNull();
    expect(
      fitting({ workKinds: ["design"], ratioMax: 0.3 }, 1_000, asked("advance_payment", 900)),
    ).toBeNull();
    const tooCheap = { ratioMax: 0.4, contractMinYen: 1_000_000 };
    expect(fitting(tooCheap, 900_000, asked("advance_payment", 300_000))).toBeNull();
    const rounding = { ratioMax: 0.4, roundDownYen: 100_000 };
    expect(fitting(rounding, 200_000, asked("advance_payment", 200_000))).toBeNull();
  });

  it("always keeps the rule, and one unit further breaks it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<GuaranteeKind>("advance_payment", "performance"),
        fc.integer({ min: 1_000_000, max: 9_000_000_000 }),
        fc.integer({ min: 1, max: 9_000_000_000 }),
        fc.integer({ min: 1, max: 30 }).map((n) => n / 100),
        fc.constantFrom(null, 1_000, 100_000),
        (kind, price, amount, ratio, roundDownYen) => {
          const rule = { ratioMax: ratio + 0.2, ratioMin: ratio, roundDownYen };
          const one = asked(kind, amount);
          const found = fitting(rule, price, one);
          if (found === null) return;
          const verdict = (yen: number) => {
            const tried = asked(kind, yen);
            return checkAmount(orderer(rule), works(price, [tried]), tried, "works", DAY).verdict;
          };
          expect(verdict(found)).toBe("pass");
          const unit = kind === "performance" ? 1 : (roundDownYen ?? 1);
          if (found > amount) expect(verdict(found - 1)).toBe("fail");
          else if (found + unit <= amount) expect(verdict(found + unit)).toBe("fail");
        },
      ),
    );
  });
});
