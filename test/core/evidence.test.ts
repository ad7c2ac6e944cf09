import { describe, expect, it } from "vitest";
import { readLetter } from "../../core/reader/read-letter.ts";
import type { AttachmentText, LetterText } from "../../core/reader/source.ts";
import { loadLabels } from "../../templates/reading.ts";

const letter = (
  body: string,
  attachments: AttachmentText[] = [],
  subject = "前払金保証の申込み",
): LetterText => ({
  fromAddresses: ["a@b.example"],
  subject,
  automatic: false,
  reply: false,
  bodies: [body],
  attachments,
  failure: null,
});
const sheet = (text: string, sheets: AttachmentText["sheets"]): AttachmentText => ({
  filename: "申込書.xlsx",
  format: "sheet",
  kind: "spreadsheet",
  text,
  notice: null,
  certificate: false,
  inline: false,
  ...(sheets ? { sheets } : {}),
});
const evidenceOf = (text: LetterText, field: string) =>
  readLetter(text, loadLabels()).evidence.find((one) => one.field === field);

describe("each value says where it was read", () => {
  it("by the line of the letter, counted as people see it", () => {
    const body = "お世話になります。\n> 引用です\n\n工事名：町道112号線改良工事\n請負金額：50,000,000円";
    expect(evidenceOf(letter(body), "contractPriceYen")).toEqual({
      field: "contractPriceYen",
      value: "50000000",
      written: "50,000,000円",
      place: { origin: "body", document: null, sheet: null, line: 5, column: null },
      confidence: "label",
    });
  });

  it("by sheet, row and column of a workbook", () => {
    const text = "説明\n\n工事名\t町道112号線改良工事\n請負金額\t\t50000000";
    const found = evidenceOf(
      letter("前払金保証を申し込みます。", [
        sheet(text, [
          { name: "説明", from: 0 },
          { name: "申込書", from: 2 },
        ]),
      ]),
      "contractPriceYen",
    );
    expect(found?.place).toEqual({
      origin: "attachment",
      document: "申込書.xlsx",
      sheet: "申込書",
      line: 2,
      column: "C",
    });
  });

  it("and how sure that is: a label, a sentence, a name of its shape", () => {
    const body =
      "前払金保証をお願いします。請負金額は50,000,000円です。\n発注者：利根町長\n預け先はもちろん見本銀行 利根支店です。";
    expect(evidenceOf(letter(body), "ordererName")?.confidence).toBe("label");
    expect(evidenceOf(letter(body), "contractPriceYen")?.confidence).toBe("sentence");
    expect(evidenceOf(letter(body), "guarantees.advance_payment.depositBank")).toMatchObject({
      written: "見本銀行 利根支店",
      place: { origin: "body", line: 3 },
    });
  });

  it("and never holds a key", () => {
    const body =
      "照会します。\n保証契約番号 12345-678901 認証キー Z28YUE4J3Bux\n工事名：Z28YUE4J3Bux 改良工事";
    const { evidence } = readLetter(letter(body, [], "照会"), loadLabels());
    expect(evidence.length).toBeGreaterThan(0);
    expect(JSON.stringify(evidence)).not.toContain("Z28YUE4J3Bux");
  });

  it.each(["未定", "☑希望する ☑希望しない"])(
    "leaves a choice that its label does not settle (%s) without a value, whatever a sentence says",
    (choice) => {
      const body = `前払金保証を申し込みます。\n発注者への直接提出：${choice}\n認証キーのお知らせは発注者へは貴社から直接お送りください。`;
      const { reading } = readLetter(letter(body), loadLabels());
      expect(reading.problems.map(({ field }) => field)).toContain("directSubmission");
      expect(reading.application?.directSubmission).toBeNull();
    },
  );

  it("is not given for a value that the reader refused", () => {
    const body = "前払金保証を申し込みます。\n請負金額：約5千万円\n工事名：町道改良工事";
    expect(evidenceOf(letter(body), "contractPriceYen")).toBeUndefined();
  });
});
