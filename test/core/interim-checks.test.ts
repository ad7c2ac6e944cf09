import { describe, expect, it } from "vitest";
import type { Case } from "../../core/case.ts";
import { type CheckInput, checkApplication } from "../../core/desk/checks.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import type { Application, GuaranteeKind } from "../../core/terms.ts";
import { application, requested } from "../desk/application.ts";

const NUMBER = "20800-000017";
const AT = "2026-04-10T01:00:00.000Z";

/** The case of an advance guarantee in force, for the works of the sample application. */
function advance(changes: Partial<Application> = {}, guarantee: Partial<Guarantee> = {}): Case {
  const asked = requested("advance_payment", 20_000_000);
  const content = { guaranteeUntil: "2027-03-19" } as never;
  const certificate = { position: 0, serial: 0, content, issuedAt: AT, heldFrom: AT, ended: null };
  return {
    application: application(changes),
    ...{ orderer: { id: "town" }, contractor: { id: "builder" } },
    guarantees: [
      {
        ...{ id: "g", kind: "advance_payment", requested: asked, fee: {}, status: "in_force" },
        ...{ number: NUMBER, certificates: [certificate], change: null, ...guarantee },
      },
    ],
  } as unknown as Case;
}

function verdicts(
  number: string | null,
  changes: Partial<CheckInput> = {},
  others: GuaranteeKind[] = [],
): Record<string, string> {
  const interim = { ...requested("interim_advance_payment", 10_000_000), advanceGuaranteeNumber: number };
  const guarantees = [interim, ...others.map((kind) => requested(kind, 1_000_000))];
  const input = {
    ...{ application: application({ guarantees }), problems: [], senderAddress: "", workKind: null },
    ...{ orderer: { id: "town", acceptance: [], amounts: [] }, contractor: { id: "builder", addresses: [] } },
    ...{ followed: null, today: "2026-10-01", ...changes },
  } as unknown as CheckInput;
  const found = checkApplication(input).filter(({ kind }) => kind === "interim_advance_payment");
  return Object.fromEntries(found.map(({ code, verdict, reason }) => [code, `${verdict} ${reason}`.trim()]));
}

describe("an interim advance payment guarantee", () => {
  it("always waits for somebody who has seen the orderer's 認定", () => {
    expect(verdicts(NUMBER, { followed: advance() }).interim_certified).toBe("unknown certification_wanted");
    expect(verdicts(null).interim_certified).toBe("unknown certification_wanted");
  });

  it("follows an advance guarantee in force of the same works", () => {
    const about = (followed: Case | null, more: Partial<CheckInput> = {}) =>
      verdicts(NUMBER, { followed, ...more }).advance_guarantee;
    expect(about(advance())).toBe("pass");
    expect(about(null)).toBe("fail advance_not_found");
    expect(about(advance({}, { number: "20800-000025" } as never))).toBe("fail advance_not_found");
    expect(about(advance({}, { kind: "performance" }))).toBe("fail advance_not_found");
    expect(about({ ...advance(), contractor: { id: "another" } } as never)).toBe(
      "fail advance_of_other_works",
    );
    expect(about({ ...advance(), orderer: { id: "another" } } as never)).toBe("fail advance_of_other_works");
    expect(about(advance({}, { status: "released" } as never))).toBe("fail advance_not_in_force");
    expect(about(advance(), { today: "2027-03-20" })).toBe("fail advance_not_in_force");
    expect(about(advance({ worksTitle: "町道113号線改良工事" }))).toBe("unknown advance_works_unclear");
    expect(about(advance({ worksTitle: "町道１１２号線 改良工事" }))).toBe("pass");
  });

  it("is not called false where nobody is registered and names decide, or nothing can be compared", () => {
    const unregistered = { followed: advance(), orderer: null, contractor: null };
    expect(verdicts(NUMBER, unregistered).advance_guarantee).toBe("pass");
    const other = { ...unregistered, followed: advance({ contractorName: "別の建設株式会社" }) };
    expect(verdicts(NUMBER, other).advance_guarantee).toBe("fail advance_of_other_works");
    const nameless = { ...unregistered, followed: advance({ contractorName: null }) };
    expect(verdicts(NUMBER, nameless).advance_guarantee).toBe("unknown advance_works_unclear");
  });

  it("asked for together with its advance needs no number; alone it does", () => {
    expect(verdicts(null, {}, ["advance_payment"]).advance_guarantee).toBe("pass");
    expect(verdicts(null).advance_guarantee).toBe("unknown advance_not_named");
  });
});

describe("the ratio of works over several years", () => {
  it("says that it was measured by the amount of this fiscal year", () => {
    const measured = (fiscalYearYen: number | null) => {
      const guarantees = [{ ...requested("advance_payment", 8_000_000), fiscalYearYen }];
      const input = {
        ...{ application: application({ guarantees }), problems: [], senderAddress: "", workKind: null },
        ...{ orderer: null, contractor: null, followed: null, today: "2026-10-01" },
      } as unknown as CheckInput;
      return checkApplication(input).find(({ code }) => code === "ratio_within")?.measured;
    };
    expect(measured(20_000_000)).toBe("40.0 % / fiscalYearYen");
    expect(measured(null)).toBe("16.0 %");
  });
});
