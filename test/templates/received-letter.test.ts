import { describe, expect, it } from "vitest";
import type { Application } from "../../core/terms.ts";
import { wordLetter } from "../../templates/letters.ts";
import { loadWords } from "../../templates/words.ts";
import { application, requested } from "../desk/application.ts";

const words = loadWords();
const signature = { guarantorName: "見本", guarantorAddress: "東京都", deskAddress: "desk@hosho.example" };

/** Receipt and questions, as the applicant reads them. */
function letters(asked: Application): string[] {
  const content = { receiptNumber: "A-000001", application: asked, senderRegistered: true };
  const problems = [{ field: "worksTitle", code: "missing" as const, text: "工事名が記載されていません。" }];
  return [
    wordLetter({ content: { ...content, template: "receipt" }, attachments: [] }, words, signature).text,
    wordLetter(
      { content: { ...content, template: "questions", problems }, attachments: [] },
      words,
      signature,
    ).text,
  ];
}

describe("receipt and questions", () => {
  it("ask for the paper that shows the orderer's 認定 where an interim guarantee is asked for", () => {
    const guarantees = [requested("interim_advance_payment", 10_000_000)];
    for (const text of letters(application({ guarantees })))
      expect(text).toContain("中間前払金の認定を受けたことが分かる書類");
  });

  it("do not speak of it otherwise", () => {
    for (const text of letters(application())) expect(text).not.toContain("認定");
  });
});
