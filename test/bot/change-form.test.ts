import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeModal } from "../../bot/blocks/modals/change.ts";
import { AMEND, type ChangeForm, RECTIFY } from "../../bot/change-fields.ts";
import type { InForce } from "../../bot/deeds/ask.ts";
import { enteredContents } from "../../bot/deeds/change-input.ts";
import { sayIn } from "../../bot/words.ts";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { loadWords } from "../../templates/words.ts";
import { judgeView } from "../sandbox/slack/limits.ts";
import { AT, caseIn, certificateContent } from "./screen-samples.ts";

const say = sayIn(loadWords());
const found = caseIn("in_force", 10);
const meta = { caseId: found.id, version: 1, only: null, choose: false, channel: "C", guarantees: [] };

/** What Slack sends back from a form that nobody touched. */
function untouched(form: ChangeForm, targets: readonly InForce[]): Map<string, string> {
  const shown = targets.map((one) => ({
    ...{ guaranteeId: one.id, number: one.number },
    content: one.certificates[0]?.content ?? certificateContent(one.kind, 1),
  }));
  const modal = changeModal(form, found, shown, { head: "", reason: "", meta }, say);
  expect(judgeView(JSON.parse(JSON.stringify(modal)))).toBeNull();
  const inputs = modal.blocks.flatMap(({ block_id, element }): [string, string][] => {
    if (block_id === undefined || typeof element !== "object" || element === null) return [];
    const { initial_value, initial_date } = element as { initial_value?: string; initial_date?: string };
    return [[block_id, initial_value ?? initial_date ?? ""]];
  });
  return new Map(inputs);
}

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 250 }),
  fc.string({ minLength: 1, maxLength: 60, unit: "binary" }),
  fc.constantFrom(
    "㈱ 利根　建設 様",
    "髙橋﨑𠮷葛󠄀",
    "認証キー ABCDEFGHJKLM の工事",
    "  間  ",
    "甲".repeat(3100),
  ),
);
const yen = fc.integer({ min: 1, max: 9_999_999_999 });
const content = (kind: CertificateContent["kind"]) =>
  fc
    .record({
      ...{ worksTitle: text, worksNumber: fc.option(text), contractorName: text, contractorAddress: text },
      ...{ contractorRepresentative: text, jointVentureName: fc.option(text), ordererName: text },
      ...{ guaranteedYen: yen, fiscalYearYen: fc.option(yen), contractPriceYen: yen },
      ...{ depositBank: fc.option(text), handlingBranch: fc.option(text) },
      guaranteeUntil: fc.constantFrom("2027-03-31", "2028-02-29"),
    })
    .map((own): CertificateContent => ({ ...certificateContent(kind, 5), ...own }));

function inForce(kind: CertificateContent["kind"], own: CertificateContent): InForce {
  const one = found.guarantees.find((guarantee) => guarantee.kind === kind);
  if (one?.status !== "in_force") throw new Error("the sample is not in force");
  const version = { position: 0, serial: 0, content: own, issuedAt: AT, heldFrom: AT, ended: null };
  return { ...one, certificates: [version] };
}

describe("the form of a change", () => {
  it("changes nothing on any certificate when nobody touched it, whatever stands there", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(AMEND, RECTIFY),
        fc.tuple(...GUARANTEE_KINDS.map((kind) => content(kind))),
        (form, contents) => {
          const targets = contents.map((own) => inForce(own.kind, own));
          const entered = enteredContents(form, targets, untouched(form, targets));
          expect(entered.ok).toBe(true);
          if (entered.ok)
            for (const one of targets)
              expect(entered.contents.get(one.id)).toEqual(one.certificates[0]?.content);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("folds names as letters are folded, and takes amounts in any notation", () => {
    const targets = [inForce("performance", certificateContent("performance", 5))];
    const values = untouched(AMEND, targets);
    const typed = {
      contractorName: "㈱利根建設　御中",
      contractPriceYen: "金六千万円也",
      worksNumber: "　第１２号 ",
    };
    for (const [field, words] of Object.entries(typed)) values.set(field, words);
    const entered = enteredContents(AMEND, targets, values);
    expect(entered.ok && entered.contents.get("g-performance")).toMatchObject({
      ...{ contractorName: "株式会社利根建設", contractPriceYen: 60_000_000, worksNumber: "第12号" },
    });
  });

  it("says at its field what is empty, too long or no amount, and changes nothing", () => {
    const targets = [inForce("performance", certificateContent("performance", 5))];
    const values = untouched(AMEND, targets);
    values.set("worksTitle", "　").set("contractorName", "甲".repeat(201)).set("contractPriceYen", "4割");
    const entered = enteredContents(AMEND, targets, values);
    expect(entered.ok ? [] : [...entered.faults.keys()]).toEqual([
      "worksTitle",
      "contractPriceYen",
      "contractorName",
    ]);
  });
});
