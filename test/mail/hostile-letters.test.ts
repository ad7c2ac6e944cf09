import { readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLetter } from "../../core/reader/read-letter.ts";
import type { AttachmentText, LetterText } from "../../core/reader/source.ts";
import { LETTER_KINDS } from "../../core/terms.ts";
import { openAttachment } from "../../mail/letter/attachments/open.ts";
import { normaliseMail } from "../../mail/letter/normalise.ts";
import { readEml } from "../../mail/letter/read.ts";
import { LETTER_BYTES } from "../../mail/limits.ts";
import { loadLabels } from "../../templates/reading.ts";
import { examine } from "../fuzz/examine.ts";

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

const letterOf = (subject: string, body: string, attachments: AttachmentText[] = []): LetterText => ({
  fromAddresses: ["a@b.example"],
  subject,
  automatic: false,
  reply: false,
  bodies: [body],
  attachments,
  failure: null,
});

const plain = (body: string, type = "text/plain"): Buffer =>
  Buffer.from(
    `From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: ${type}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(body).toString("base64")}\r\n`,
  );

const withFiles = (body: string, files: { name: string; content: Buffer }[]): Buffer =>
  Buffer.from(
    [
      `From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n`,
      `--b\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n${body}`,
      ...files.map(
        ({ name, content }) =>
          `--b\r\nContent-Type: ${name.endsWith(".pdf") ? "application/pdf" : "text/csv"}; name=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n${content.toString("base64")}`,
      ),
      "--b--\r\n",
    ].join("\r\n"),
  );

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
        const { reading } = readLetter(letterOf(subject, body), labels);
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

  it.each([
    "https://",
    "URL",
    "パスワード",
    "https://a.example/ パスワード ",
    "保証料の見積を",
    "今回は",
    "From:",
    "<a@",
    "前払金保証",
    " ",
    "1,",
  ])(
    "that repeat %j for ever are still read",
    async (fragment) => {
      const body = fragment.repeat(Math.ceil(100_000 / fragment.length));
      const reading = await readEml(plain(`照会します。12345-678901 Z28YUE4J3Bux\n\n${body}`));
      expect(reading.problems.map((p) => `${p.field} ${p.code}`)).not.toContain("application unreadable");
      expect(reading.queries).toHaveLength(1);
    },
    30_000,
  );

  it.each([
    ["<style>", "</style "],
    ["<!--", "<!-"],
    ["<a ", "<b style='x"],
    ["<tr>", "<tr><td>a<td>b"],
    ["<blockquote>", "<blockquote>x"],
    ["&nbsp;", "&nbsp;x"],
  ])(
    "in HTML that repeat %j or %j for ever are still read",
    async (...fragments) => {
      for (const fragment of fragments) {
        const markup = fragment.repeat(Math.ceil(700_000 / fragment.length));
        const bytes = plain(`<p>照会します。12345-678901 Z28YUE4J3Bux</p>\n${markup}`, "text/html");
        const reading = await readEml(bytes);
        expect(reading.problems.map(({ text }) => text).join()).not.toContain("メールの内容を読み取る");
        expect(reading.queries).toHaveLength(1);
      }
    },
    60_000,
  );

  it("whose header or transfer encoding is built to take long are still read", async () => {
    const text = "照会します。12345-678901 Z28YUE4J3Bux";
    const head =
      "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8";
    const letters = [
      `${head}\r\nTo: ${"a:".repeat(500_000)}\r\n\r\n${text}\r\n`,
      `${head}\r\nFrom: ${"a".repeat(1_000_000)}\r\n\r\n${text}\r\n`,
      `${head}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${text}\r\n${" ".repeat(1_500_000)}x\r\n`,
    ];
    for (const letter of letters) expect((await readEml(Buffer.from(letter))).queries).toHaveLength(1);
  }, 60_000);

  it("with a part cut off behind its first header lines are still read", async () => {
    const bytes = withFiles("照会します。12345-678901 Z28YUE4J3Bux", []).toString();
    const cut = bytes.replace("--b--\r\n", "--b\r\nContent-Disposition: attachment; filename=a.pdf");
    expect((await readEml(Buffer.from(cut))).queries).toHaveLength(1);
  });

  it("of the largest size do not hold up the main loop", async () => {
    const file = { name: "a.bin", content: Buffer.alloc(17 * 1024 * 1024, 1) };
    const { faults } = await examine(withFiles("照会します。12345-678901 Z28YUE4J3Bux", [file]), false);
    expect(faults).toEqual([]);
  }, 60_000);

  it("with more pairs than one letter may ask about say so", async () => {
    const pairs = Array.from({ length: 501 }, (_, i) => `${10_000 + i}-678901 Z28YUE4J3Bux`);
    const reading = await readEml(plain(`照会します。\n${pairs.join("\n")}`));
    expect(reading.kind).toBe("verification");
    expect(reading.problems.map((p) => `${p.field} ${p.code}`)).toContain("queries out_of_range");
  });

  it.each([
    ["text/plain", "照会です。\n", "。\n"],
    ["text/html", "<p>照会です。</p>", "<p>。</p>"],
  ])("longer than what is read of a body say so: %s", async (type, head, more) => {
    const pair = "保証契約番号 12345-678901 認証キー Z28YUE4J3Bux";
    const whole = await readEml(plain(`${head}${pair}${more.repeat(1000)}`, type));
    expect(whole.problems).toEqual([]);
    const { queries, problems } = await readEml(plain(`${head}${pair}${more.repeat(120_000)}`, type));
    expect(queries).toHaveLength(1);
    expect(problems.map(({ text }) => text)).toEqual([expect.stringContaining("終わりまで内容を確認して")]);
  });

  it("whose notice carries a number or key of no such shape are read from its printed text alone", () => {
    const odd = fc.constantFrom(
      "",
      "12345-67890",
      "00000-000000\u0000",
      "\u202e12345-678902",
      "Z28Y\nUE4J3Bux",
      "x".repeat(900),
    );
    const notices = fc.oneof(
      fc.record({ number: odd, key: fc.constant("ABCD3479EFGH") }),
      fc.record({ number: fc.constant("99999-999999"), key: odd }),
    );
    fc.assert(
      fc.property(notices, (data) => {
        const notice = {
          filename: "notice.pdf",
          format: "text",
          kind: "pdf",
          text: "電子保証 認証キーのお知らせ\n保証契約番号 12345-678901\n認証キー Z28YUE4J3Bux",
          notice: { ...data, guarantor: "見本建設業保証株式会社" },
          certificate: false,
          inline: false,
        } as const;
        const { reading } = readLetter(letterOf("照会", "照会します。", [notice]), loadLabels());
        expect(reading.queries.map(({ number, key }) => [number, key])).toEqual([
          ["12345-678901", "Z28YUE4J3Bux"],
        ]);
      }),
    );
  });

  it("with more attachments than are opened tell staff which nobody looked into", async () => {
    const files = Array.from({ length: 22 }, (_, i) => ({
      name: `file${i}.csv`,
      content: Buffer.from("a,b"),
    }));
    const reading = await readEml(withFiles("照会します。12345-678901 Z28YUE4J3Bux", files));
    expect(reading.kind).toBe("verification");
    const told = reading.problems.find((p) => p.field === "application" && p.code === "unreadable");
    expect(told?.text).toContain("file20.csv / file21.csv");
  }, 30_000);

  it("whose time for attachments is spent have the rest left unopened", async () => {
    const file = {
      filename: "a.pdf",
      contentType: "application/pdf",
      inline: false,
      content: Buffer.from("%PDF-1.7"),
    };
    expect(await openAttachment(file, { leftMs: 0 })).toMatchObject({ format: "none", unopened: true });
  });

  it("that are too large are not opened", async () => {
    const reading = await readEml(Buffer.alloc(LETTER_BYTES + 1, 0x41));
    expect(reading.kind).toBe("unrecognised");
    expect(reading.problems.map((p) => `${p.field} ${p.code}`)).toContain("application unreadable");
  });

  it("with a PDF that inflates to a gigabyte or a broken one leave the next letter readable", async () => {
    const attach = (content: Buffer) => withFiles("hello", [{ name: "a.pdf", content }]);
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
