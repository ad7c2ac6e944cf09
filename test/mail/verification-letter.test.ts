import { describe, expect, it } from "vitest";
import type { LetterContent } from "../../core/letters.ts";
import type { Match, Outcome, VerificationAnswer } from "../../core/verification/answer.ts";
import { letter } from "./composed.ts";

function answer(outcome: Outcome, change: Partial<VerificationAnswer> = {}): VerificationAnswer {
  return {
    number: "20800-000017",
    outcome,
    status: null,
    amendmentSerial: null,
    asOf: null,
    comparison: [],
    certificate: null,
    otherGuarantor: null,
    ...change,
  };
}
const verification = (...answers: VerificationAnswer[]): LetterContent => ({
  template: "verification",
  answeredAt: "2026-04-21T01:02:03.000Z",
  ordererName: "利根町",
  answers,
});
const confirmed = (change: Partial<VerificationAnswer> = {}) =>
  answer("confirmed", {
    ...{ status: "in_force", amendmentSerial: 0 },
    certificate: {
      kind: "advance_payment",
      worksTitle: "町道112号線改良工事",
      contractorName: "利根建設株式会社",
      guaranteeUntil: "2027-03-19",
    },
    ...change,
  });

describe("the answer to a verification", () => {
  const number = "20800-000017";

  it.each<[Match, string]>([
    ["same", "○"],
    ["written_differently", "○（表記の違い）"],
    ["different", "×"],
    ["price_changed_no_amendment_needed", "△"],
    ["not_ours_to_say", "－"],
  ])("marks %s with %s", async (match, mark) => {
    const { text } = await letter(
      verification(
        confirmed({
          comparison: [{ field: "contractPriceYen", quoted: 55_000_000, ours: 50_000_000, match }],
        }),
      ),
    );
    expect(text).toMatch(new RegExp(`^${mark}\\s+請負金額\\s+55,000,000円\\s+50,000,000円$`, "m"));
    if (match === "price_changed_no_amendment_needed") {
      expect(text).toContain("変更手続きは不要");
      expect(text).not.toContain("×");
    }
  });

  it.each([
    ["in_force", "有効に存続"],
    ["expired", "保証期限（令和9年3月19日）を経過"],
    ["cancelled", "解約"],
    ["released", "終了"],
    [null, "基準日にはまだ成立していません"],
  ] as const)("says of a guarantee that is %s: %s", async (status, words) => {
    const { text, mail } = await letter(verification(confirmed({ status, asOf: "2026-04-20" })));
    expect(mail.subject).toContain("照会結果");
    expect(text).toContain(words);
    expect(text).toContain("基準日：令和8年4月20日");
    if (status !== "in_force") expect(text).not.toContain("有効に存続");
  });

  it("shows nothing but the number when it confirms nothing, even if it was handed more", async () => {
    const more = {
      ...confirmed({
        comparison: [{ field: "guaranteedYen", quoted: 1, ours: 20_000_000, match: "different" }],
      }),
    };
    for (const outcome of ["not_confirmed", "mistyped", "locked", "try_later"] as const) {
      const { text } = await letter(verification({ ...more, outcome }));
      expect(text).toContain(number);
      expect(text).not.toMatch(/町道|利根建設|20,000,000|有効|×/);
    }
  });

  it("never lets 'we could not check' read as 'it is false'", async () => {
    const { text } = await letter(verification(answer("try_later")));
    expect(text).toContain("判断したものではございません");
    expect(text).not.toMatch(/確認できません|相違|誤り|一致し/);
  });

  it("is the same letter, byte for byte, for any unconfirmed pair but for ids and times", async () => {
    // The code in the Message-ID is made from the id.
    const plain = ({ raw }: { raw: string }) =>
      raw.replaceAll(/0000000\d-0000/g, "id").replace(/(<desk\.[^.>]+)\.[a-z2-7]+@/, "$1.code@");
    const one = await letter(verification(answer("not_confirmed")));
    const other = await letter(verification(answer("not_confirmed", { comparison: confirmed().comparison })));
    expect(plain(one)).toBe(plain(other));
    expect(one.composed.messageId).not.toBe(other.composed.messageId);
  });

  it("names another guarantor and judges nothing", async () => {
    const { text } = await letter(
      verification(answer("not_confirmed", { otherGuarantor: "別見本\n保証株式会社" })),
    );
    expect(text).toContain("別見本 保証株式会社が発行したもの");
    expect(text).not.toContain("確認できませんでした");
  });
});
