import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentAfter } from "../../core/guarantee/changes.ts";
import { differences } from "../../core/guarantee/content.ts";
import { changeHash } from "../../core/guarantee/content-hash.ts";
import {
  type CertificateContent,
  type Guarantee,
  holding,
  isIssued,
  latestCertificate,
  type ProposedChange,
} from "../../core/guarantee/guarantee.ts";
import { decide } from "../../core/guarantee/life-cycle.ts";
import type { Result } from "../../core/result.ts";
import { checker, content, later, maker, more, STATES } from "./life-cycle-states.ts";

const inForce: Guarantee = STATES["in force"];
const AT = later;

function ask(guarantee: Guarantee, proposed: ProposedChange) {
  if (!isIssued(guarantee)) throw new Error("not issued");
  const contentHash = changeHash(latestCertificate(guarantee), proposed);
  return decide(guarantee, {
    ...{ type: "request_change", proposed, contentHash, version: 8, by: maker, at: AT },
  });
}

/** Asked for by one, approved by another, its certificate drawn where there is one. */
function change(guarantee: Guarantee, proposed: ProposedChange): Guarantee {
  const asked = ask(guarantee, proposed);
  if (!asked.ok) throw new Error(asked.refusal.code);
  const { value } = asked;
  if (value.status !== "in_force" || value.change === null) throw new Error("nothing was asked");
  const approved = decide(value, {
    ...{ type: "approve_change", contentHash: value.change.contentHash, by: checker, at: AT, approvals: 2 },
  });
  if (!approved.ok) throw new Error(approved.refusal.code);
  const done = decide(approved.value, { type: "complete_change", at: AT });
  return done.ok ? done.value : approved.value;
}

const amend = (changed: Partial<CertificateContent>): ProposedChange => ({
  ...{ change: "amend", content: { ...content, ...changed }, reason: "増額のため" },
});
const rectify = (changed: Partial<CertificateContent>): ProposedChange => ({
  ...{ change: "rectify", content: { ...content, ...changed }, reason: "誤記のため" },
});
const serials = (guarantee: Guarantee) =>
  isIssued(guarantee) ? holding(guarantee).map(({ serial }) => serial) : [];
const holds = (guarantee: Guarantee) =>
  isIssued(guarantee) ? latestCertificate(guarantee).content : undefined;

describe("an amendment", () => {
  it("appends a version under the same number and leaves the one before as it was", () => {
    const amended = change(inForce, more);
    expect(serials(amended)).toEqual([0, 1]);
    expect(amended).toMatchObject({ number: "20800-000013", change: null });
    expect(holds(amended)).toMatchObject({ guaranteedYen: 22_000_000 });
    expect(amended).toMatchObject({ certificates: [{ content }, {}] });
  });
  it("of the price alone needs no certificate, and is told so", () => {
    expect(ask(inForce, amend({ contractPriceYen: 60_000_000 }))).toMatchObject({
      refusal: { code: "price_alone" },
    });
    expect(ask(inForce, amend({ contractPriceYen: 60_000_000, worksUntil: "2027-03-18" })).ok).toBe(true);
  });
  it("that changes nothing is none", () => {
    expect(ask(inForce, amend({}))).toMatchObject({ refusal: { code: "nothing_changed" } });
  });
  it.each([[{ medium: "paper" as const }], [{ kind: "performance" as const }]])(
    "never changes what kind of promise it is: %j",
    (changed) => {
      for (const proposed of [amend(changed), rectify(changed)])
        expect(ask(inForce, proposed)).toMatchObject({ refusal: { code: "medium_fixed" } });
    },
  );
});

describe("a rectification", () => {
  it("takes the serial and the beginning of the faulty certificate, which stays on record", () => {
    const right = change(inForce, rectify({ worksTitle: "町道113号線改良工事" }));
    expect(serials(right)).toEqual([0]);
    expect(holds(right)).toMatchObject({ worksTitle: "町道113号線改良工事" });
    expect(right).toMatchObject({
      certificates: [
        { position: 0, content, ended: { how: "rectified", at: AT } },
        {
          position: 1,
          serial: 0,
          issuedAt: AT,
          heldFrom: "2026-04-10T01:00:00.000Z",
          ended: null,
        },
      ],
    });
  });
  it("is possible after 保証期限, for the certificate stays on file; an amendment is not", () => {
    const at = "2027-06-01T01:00:00.000Z";
    const wish = (proposed: ProposedChange) =>
      decide(inForce, {
        ...{ type: "request_change", proposed, contentHash: "h", version: 8, by: maker, at },
      });
    expect(wish(rectify({ worksTitle: "町道113号線改良工事" })).ok).toBe(true);
    expect(wish(amend({ worksTitle: "町道113号線改良工事" }))).toMatchObject({
      refusal: { code: "already_ended" },
    });
  });
  it("may put right the price alone: a wrong figure is not a change of the works contract", () => {
    expect(ask(inForce, rectify({ contractPriceYen: 51_000_000 })).ok).toBe(true);
  });
});

describe("withdrawing an amendment", () => {
  it("lets the version before hold again, and the next amendment has its serial", () => {
    const amended = change(inForce, more);
    const back = change(amended, { change: "unamend", reason: "増額の取りやめ" });
    expect(serials(back)).toEqual([0]);
    expect(holds(back)).toEqual(content);
    const again = change(back, amend({ guaranteedYen: 19_000_000 }));
    expect(serials(again)).toEqual([0, 1]);
    expect(again).toMatchObject({ certificates: [{}, { ended: { how: "withdrawn" } }, { position: 2 }] });
  });
  it("needs an amendment", () => {
    expect(ask(inForce, { change: "unamend", reason: "x" })).toMatchObject({
      refusal: { code: "nothing_to_unamend" },
    });
  });
  it("shows beforehand what would hold", () => {
    const amended = change(inForce, more);
    if (amended.status !== "in_force") throw new Error("not in force");
    const after = contentAfter(amended, { change: "unamend", reason: "x" });
    expect(differences(latestCertificate(amended).content, after).map(({ field }) => field)).toEqual([
      "contractPriceYen",
      "guaranteedYen",
    ]);
  });
});

describe("an end", () => {
  it.each(["cancel", "release"] as const)("by %s has its day between the issue and today", (how) => {
    const on = (day: string): ProposedChange => ({ change: how, on: day, reason: "x" });
    expect(ask(inForce, on("2026-04-09"))).toMatchObject({ refusal: { code: "day_out_of_range" } });
    expect(ask(inForce, on("2026-05-11"))).toMatchObject({ refusal: { code: "day_out_of_range" } });
    const ended = change(inForce, on("2026-05-10"));
    expect(ended).toMatchObject({
      ...{ status: how === "cancel" ? "cancelled" : "released", on: "2026-05-10" },
      number: "20800-000013",
    });
  });
});

/** Any change that somebody could think of; most of them fit at some time. */
const anyChange: fc.Arbitrary<ProposedChange> = fc.oneof(
  fc.record({
    change: fc.constantFrom("amend" as const, "rectify" as const),
    content: fc
      .record({
        guaranteedYen: fc.integer({ min: 0, max: 60_000_000 }),
        worksTitle: fc.constantFrom("町道112号線改良工事", "町道113号線改良工事"),
        medium: fc.constantFrom("electronic" as const, "electronic" as const, "paper" as const),
        guaranteeUntil: fc.constantFrom("2027-03-19", "2027-06-30", "2026-01-01"),
      })
      .map((changed) => ({ ...content, ...changed })),
    reason: fc.constantFrom("増額のため", " "),
  }),
  fc.record({ change: fc.constant("unamend" as const), reason: fc.constant("x") }),
  fc.record({
    change: fc.constantFrom("cancel" as const, "release" as const),
    on: fc.constantFrom("2026-05-01", "2030-01-01"),
    reason: fc.constant("x"),
  }),
  fc.record({
    change: fc.constant("resend" as const),
    to: fc.constant("a@b.example"),
    reason: fc.constant("x"),
  }),
);
const anyStep = fc.oneof(
  { weight: 4, arbitrary: anyChange.map((proposed) => ({ type: "ask" as const, proposed })) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("approve" as const), by: fc.constantFrom(maker, checker) }),
  },
  { weight: 3, arbitrary: fc.constant({ type: "complete" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "drop" as const }) },
);

describe("whatever is asked, approved and drawn in whatever order", () => {
  it("keeps number, medium and every certificate, and what holds is 0, 1, 2 … without a gap", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        let now: Guarantee = inForce;
        for (const step of steps) {
          const before = now;
          const result: Result<Guarantee> | null =
            step.type === "ask"
              ? isIssued(now)
                ? ask(now, step.proposed)
                : null
              : decide(
                  now,
                  step.type === "approve"
                    ? {
                        ...{ type: "approve_change", by: step.by, at: AT, approvals: 2 },
                        contentHash:
                          now.status === "in_force" && now.change !== null ? now.change.contentHash : "",
                      }
                    : { type: step.type === "complete" ? "complete_change" : "drop_change", at: AT },
                );
          if (result?.ok) now = result.value;
          if (!isIssued(now) || !isIssued(before)) throw new Error("a guarantee was taken back");
          expect(now.number).toBe("20800-000013");
          expect(now.certificates.map(({ position }) => position)).toEqual(now.certificates.map((_, i) => i));
          expect(serials(now)).toEqual(holding(now).map((_, i) => i));
          expect(serials(now)[0]).toBe(0);
          expect(now.certificates.every((one) => one.content.medium === "electronic")).toBe(true);
          // What was issued once never says anything else.
          expect(now.certificates.slice(0, before.certificates.length).map((one) => one.content)).toEqual(
            before.certificates.map((one) => one.content),
          );
          const added = now.certificates.length - before.certificates.length;
          expect(added === 0 || (added === 1 && step.type === "complete")).toBe(true);
          if (step.type === "approve" && step.by === maker) expect(now).toEqual(before);
        }
      }),
      { numRuns: 500 },
    );
  });
});
