import { readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLetter } from "../../core/reader/read-letter.ts";
import type { LetterText } from "../../core/reader/source.ts";
import { LETTER_KINDS } from "../../core/terms.ts";
import { normaliseMail } from "../../mail/charset.ts";
import { LETTER_BYTES } from "../../mail/limits.ts";
import { readEml } from "../../mail/read.ts";
import { loadLabels } from "../../templates/reading.ts";

const ROOT = new URL("../cases/", import.meta.url);
const letters = readdirSync(ROOT).map((name) => readFileSync(new URL(`${name}/letter.eml`, ROOT)));

/** A real letter with bytes cut out, doubled or overwritten. */
const mutated = fc
  .record({
    letter: fc.constantFrom(...letters),
    at: fc.nat(),
    length: fc.nat({ max: 400 }),
    put: fc.uint8Array({ maxLength: 60 }),
    twice: fc.boolean(),
  })
  .map(({ letter, at, length, put, twice }) => {
    const start = at % letter.length;
    const tail = letter.subarray(start + length);
    return Buffer.concat([
      letter.subarray(0, start),
      put,
      twice ? letter.subarray(start, start + length) : Buffer.alloc(0),
      tail,
    ]);
  });

const text = fc.string({
  unit: fc.constantFrom(
    ..."発注者工事名請負金額契約日工期前払保証認証キー番号：:は、。\n\n\t 　（）()【】☒☐■□①1234567890-,円万年月日令和8R.～AabZ>|@\u3099",
  ),
});

describe("hostile and broken letters", () => {
  it("are read as some kind of letter, whatever was done to their bytes", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const reading = await readEml(bytes);
        expect(LETTER_KINDS).toContain(reading.kind);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it("never make the byte normaliser throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => normaliseMail(bytes).length >= 0));
  });

  it("never make the reader throw, and no application is missing a required value without saying so", () => {
    const labels = loadLabels();
    fc.assert(
      fc.property(text, text, (subject, body) => {
        const letter: LetterText = {
          fromAddresses: ["a@b.example"],
          subject,
          automatic: false,
          bodies: [body],
          attachments: [],
          failure: null,
        };
        const reading = readLetter(letter, labels);
        if (reading.kind !== "application" || reading.application === null) return;
        const reported = new Set(reading.problems.map((problem) => problem.field));
        for (const field of [
          "ordererName",
          "contractorName",
          "worksTitle",
          "contractPriceYen",
          "worksFrom",
          "worksUntil",
          "contractDate",
        ] as const) {
          expect(reading.application[field] === null).toBe(
            reported.has(field) && reading.application[field] === null,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it("that are too large are not opened", async () => {
    const reading = await readEml(Buffer.alloc(LETTER_BYTES + 1, 0x41));
    expect(reading.kind).toBe("unrecognised");
    expect(reading.problems.map((p) => `${p.field} ${p.code}`)).toContain("application unreadable");
  });

  it("with a PDF that inflates to a gigabyte or a broken one leave the next letter readable", async () => {
    const attach = (content: Buffer) =>
      Buffer.from(
        `From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${content.toString("base64")}\r\n--b--\r\n`,
      );
    const stream = deflateSync(Buffer.alloc(900 * 1024 * 1024, 0x20), { level: 9 });
    const bomb = Buffer.concat([
      Buffer.from(
        `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n4 0 obj<</Length ${stream.length}/Filter/FlateDecode>>stream\n`,
      ),
      stream,
      Buffer.from("\nendstream endobj\ntrailer<</Root 1 0 R>>\n"),
    ]);
    expect(LETTER_KINDS).toContain((await readEml(attach(bomb))).kind);
    expect(LETTER_KINDS).toContain((await readEml(attach(Buffer.from("%PDF-1.7 broken")))).kind);
    const notice = readFileSync(new URL("verification-notice-pdf/letter.eml", ROOT));
    expect((await readEml(notice)).queries).toHaveLength(1);
  }, 60_000);
});
