import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { accepts, type ProcurementFacts } from "../../core/orderers/acceptance.ts";
import { checkAmount } from "../../core/orderers/amounts.ts";
import { type AcceptanceRule, contractorsFile, type Orderer, orderersFile } from "../../core/registry.ts";
import type { Application, RequestedGuarantee } from "../../core/terms.ts";

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../prisma/samples/${name}.json`, import.meta.url), "utf8"));
const towns = orderersFile.parse(sample("orderers"));
const town = (name: string): Orderer => towns.find((o) => o.name === name) ?? expect.fail(`no ${name}`);
const nothing: ProcurementFacts = {
  today: "2026-05-01",
  contractDate: null,
  announced: null,
  designated: null,
  bid: null,
  plannedNotice: null,
  procurementStart: null,
  approved: false,
  amendment: false,
};
const ask = (orderer: Pick<Orderer, "acceptance">, facts: Partial<ProcurementFacts>) => {
  const { answer, reason, missing } = accepts(orderer, "advance_payment", "works", { ...nothing, ...facts });
  return [answer, reason, ...missing];
};
const rule = (change: Partial<AcceptanceRule>): AcceptanceRule => ({
  products: ["advance_payment"],
  workKinds: ["works"],
  guarantorKinds: ["surety_company"],
  basis: "contract",
  from: "2026-04-01",
  until: null,
  appliesToAmendments: "unknown",
  needsNamedApproval: false,
  paperAllowed: true,
  summary: "",
  source: "",
  ...change,
});
const one = (...rules: Partial<AcceptanceRule>[]) => ({ acceptance: rules.map(rule) });

describe("the five fliers' towns and the sample contractors", () => {
  it("are a valid registry", () => {
    expect(towns.map((o) => o.certificateName)).toEqual([
      "利根町長",
      "小谷村長",
      "南部町長",
      "富士市長",
      "角田市長",
    ]);
    expect(contractorsFile.parse(sample("contractors")).length).toBeGreaterThanOrEqual(5);
  });
  it("Fuji accepts contracts from 14 November 2025", () => {
    expect(ask(town("富士市"), { contractDate: "2025-11-14" })).toEqual(["yes", "on_or_after_start"]);
    expect(ask(town("富士市"), { contractDate: "2025-11-13" })).toEqual(["no", "before_start"]);
    expect(ask(town("富士市"), {})).toEqual(["unknown", "day_missing", "contractDate"]);
  });
  it("Otari from 1 April 2026, only with the village's approval", () => {
    expect(ask(town("小谷村"), { contractDate: "2026-03-31" })).toEqual(["no", "before_start"]);
    expect(ask(town("小谷村"), { contractDate: "2026-04-01" })).toEqual(["unknown", "approval_needed"]);
    expect(ask(town("小谷村"), { contractDate: "2026-04-01", approved: true })).toEqual(["yes", "approved"]);
  });
  it("Kakuda in March 2026 on a day nobody wrote down", () => {
    expect(ask(town("角田市"), { contractDate: "2026-02-28" })).toEqual(["no", "before_start"]);
    expect(ask(town("角田市"), { contractDate: "2026-03-15" })[0]).toBe("unknown");
  });
  it("Tone without a known start is never a yes by itself", () => {
    expect(ask(town("利根町"), { contractDate: "2026-04-10" })).toEqual(["unknown", "approval_needed"]);
  });
});

describe("rules of acceptance", () => {
  it("any yes decides, then any unknown, else no", () => {
    const late = { from: "2027-01-01" };
    const unclear = { from: null };
    expect(ask(one(late, {}), { contractDate: "2026-04-01" })[0]).toBe("yes");
    expect(ask(one(late, unclear), { contractDate: "2026-04-01" })[0]).toBe("unknown");
    expect(ask(one(late), { contractDate: "2026-04-01" })[0]).toBe("no");
    expect(ask(one(), {})).toEqual(["unknown", "no_rule"]);
    expect(ask(one({ products: ["performance"] }), {})).toEqual(["unknown", "no_rule"]);
    expect(ask(one({ guarantorKinds: ["insurer"] }), {})).toEqual(["unknown", "no_rule"]);
  });
  it("a month decides outside of it and nothing inside it", () => {
    const march = one({ from: "2026-03" });
    expect(
      ["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"].map((d) => ask(march, { contractDate: d })[0]),
    ).toEqual(["no", "unknown", "unknown", "yes"]);
  });
  it("the calendar looks at today, an end closes the rule", () => {
    expect(ask(one({ basis: "calendar", from: "2026-05-01" }), {})[0]).toBe("yes");
    expect(ask(one({ basis: "calendar", from: "2026-05-02" }), {})[0]).toBe("no");
    expect(ask(one({ until: "2026-04-30" }), { contractDate: "2026-05-01" })).toEqual(["no", "after_end"]);
  });
  it("notice or designation: either day will do", () => {
    const either = one({ basis: "announcement_or_designation" });
    expect(ask(either, { designated: "2026-04-02" })[0]).toBe("yes");
    expect(ask(either, { announced: "2026-03-01", designated: "2026-04-02" })[0]).toBe("yes");
    expect(ask(either, {})).toEqual(["unknown", "day_missing", "announced", "designated"]);
  });
  it("an amendment follows what the rule says of amendments", () => {
    const on = { contractDate: "2026-04-01", amendment: true };
    expect(ask(one({ appliesToAmendments: "yes" }), on)[0]).toBe("yes");
    expect(ask(one({ appliesToAmendments: "no" }), on)).toEqual(["no", "amendment_excluded"]);
    expect(ask(one({}), on)).toEqual(["unknown", "amendment_unknown"]);
  });
  it("a named approval that is missing turns a yes into unknown", () => {
    expect(ask(one({ needsNamedApproval: true }), { contractDate: "2026-04-01" })).toEqual([
      "unknown",
      "approval_needed",
    ]);
    expect(ask(one({ needsNamedApproval: true }), { contractDate: "2026-04-01", approved: true })[0]).toBe(
      "yes",
    );
  });
});

describe("ratios", () => {
  const product = (
    kind: RequestedGuarantee["kind"],
    guaranteedYen: number,
    fiscalYearYen: number | null = null,
  ) => ({ kind, guaranteedYen, fiscalYearYen }) as RequestedGuarantee;
  const check = (
    requested: RequestedGuarantee,
    contractPriceYen: number,
    others: RequestedGuarantee[] = [],
  ) => {
    const application = { contractPriceYen, guarantees: [requested, ...others] } as Application;
    const finding = checkAmount(town("富士市"), application, requested, "works", "2026-05-01");
    return [finding.ratioBasisPoints, finding.verdict, finding.reason];
  };
  it("40.0 % and 10.0 % of 50,000,000 yen are within", () => {
    expect(check(product("advance_payment", 20_000_000), 50_000_000)).toEqual([4000, "pass", "within"]);
    expect(check(product("performance", 5_000_000), 50_000_000)).toEqual([1000, "pass", "within"]);
  });
  it("one yen above the ceiling or under the floor is not", () => {
    expect(check(product("advance_payment", 20_000_001), 50_000_000)).toEqual([4000, "fail", "over_ceiling"]);
    expect(check(product("performance", 4_999_999), 50_000_000)).toEqual([999, "fail", "under_floor"]);
    expect(check(product("performance", 1_694_000), 16_940_005)).toEqual([999, "fail", "under_floor"]);
  });
  it("the amount for this fiscal year is the base when given", () => {
    expect(check(product("advance_payment", 8_000_000, 20_000_000), 50_000_000)).toEqual([
      4000,
      "pass",
      "within",
    ]);
    expect(check(product("advance_payment", 9_000_000, 20_000_000), 50_000_000)[1]).toBe("fail");
  });
  it("advance and interim together stay under the total", () => {
    const interim = product("interim_advance_payment", 10_000_000);
    expect(check(interim, 50_000_000, [product("advance_payment", 20_000_000)])[2]).toBe("within");
    expect(check(interim, 50_000_000, [product("advance_payment", 20_000_001)])[2]).toBe(
      "over_total_ceiling",
    );
  });
});
