import { describe, expect, it } from "vitest";
import type { Case } from "../../core/case.ts";
import { productsAfter } from "../../core/desk/review-products.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import type { Application } from "../../core/terms.ts";
import { application, requested } from "../desk/application.ts";

/** What a review does to a product, in every state it can be in. */

const asked = requested("performance", 5_000_000);
const told = { feeYen: 12_000, toldAt: "2026-04-10T01:00:00.000Z", settlement: null };
const paid = { ...told, settlement: { how: "paid", by: { employee: "1", name: "a" }, at: told.toldAt } };
const STATES: Record<string, object> = {
  applied: { status: "applied" },
  returned: { status: "returned", reason: "工期" },
  fee_awaited: { status: "accepted", fee: told },
  accepted: { status: "accepted", fee: paid },
  requested: { status: "awaiting_approval", fee: paid, request: {}, approval: null },
  approved: { status: "awaiting_approval", fee: paid, request: {}, approval: { checker: { name: "b" } } },
  in_force: { status: "in_force", fee: paid, number: "20800-000017", certificates: [], change: null },
  cancelled: { status: "cancelled", fee: paid, number: "20800-000017", certificates: [] },
  released: { status: "released", fee: paid, number: "20800-000017", certificates: [] },
  declined: { status: "declined", reason: "規程" },
  withdrawn: { status: "withdrawn", reason: "都合" },
};

const sample = application({ guarantees: [asked] });
const CHANGES: Record<string, Application> = {
  printed: { ...sample, worksTitle: "町道113号線改良工事" },
  amount: { ...sample, guarantees: [{ ...asked, guaranteedYen: 6_000_000 }] },
  unprinted: { ...sample, guarantees: [{ ...asked, feePayment: "一括納付" }] },
  contact: { ...sample, contact: { department: null, title: null, name: "利根", phone: null } },
  removed: { ...sample, guarantees: [] },
};

/** The status it has then, `gone`, or the refusal. */
const EXPECTED: Record<string, Record<string, string>> = {
  //             title of the works, amount, way of payment, whom to call, not asked for any more
  applied: row("applied", "applied", "applied", "applied", "gone"),
  returned: row("applied", "applied", "applied", "applied", "gone"),
  fee_awaited: row("applied", "applied", "accepted", "accepted", "review_not_removable"),
  accepted: row("accepted", "accepted", "accepted", "accepted", "review_not_removable"),
  requested: row("accepted", "accepted", "awaiting_approval", "awaiting_approval", "review_not_removable"),
  approved: row(...late("review_too_late", "awaiting_approval")),
  in_force: row(...late("review_too_late", "in_force")),
  cancelled: row(...late("cancelled", "cancelled")),
  released: row(...late("released", "released")),
  declined: row(...late("declined", "declined")),
  withdrawn: row(...late("withdrawn", "withdrawn")),
};

function row(printed: string, amount: string, unprinted: string, contact: string, removed: string) {
  return { printed, amount, unprinted, contact, removed };
}

function late(printed: string, contact: string): [string, string, string, string, string] {
  return [printed, "review_too_late", "review_too_late", contact, "review_not_removable"];
}

describe("a product whose application is put right", () => {
  it.each(Object.keys(STATES))("%s", (state) => {
    const guarantee = { id: "g", kind: "performance", requested: asked, ...STATES[state] } as Guarantee;
    const found = { application: sample, guarantees: [guarantee] } as unknown as Case;
    const outcomes = Object.entries(CHANGES).map(([name, changed]) => {
      const after = productsAfter(found, changed, true, () => "new");
      return [name, after.ok ? (after.value[0]?.status ?? "gone") : after.refusal.code];
    });
    expect(Object.fromEntries(outcomes)).toEqual(EXPECTED[state]);
  });

  it("a returned one stays with the applicant while nothing but checks was confirmed", () => {
    const guarantee = { id: "g", kind: "performance", requested: asked, ...STATES.returned } as Guarantee;
    const found = { application: sample, guarantees: [guarantee] } as unknown as Case;
    const after = productsAfter(found, sample, false, () => "new");
    expect(after.ok && after.value[0]?.status).toBe("returned");
  });
});
