import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Application } from "../../core/terms.ts";
import { foldText } from "../../core/text.ts";
import { readEml } from "../../mail/letter/read.ts";
import { blankForm } from "../../templates/form/blank.ts";
import { loadForm, parseForm } from "../../templates/form/fields.ts";
import { formText, textFile } from "../../templates/form/text.ts";
import { formWorkbook } from "../../templates/form/workbook.ts";
import { loadLabels } from "../../templates/reading.ts";
import { applications, type Hand, hands, written } from "./filled-form.ts";

const form = loadForm();
const SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const base64 = (content: Uint8Array | string) =>
  Buffer.from(content).toString("base64").replace(/.{76}/g, "$&\r\n");

interface File {
  filename: string;
  contentType: string;
  content: Uint8Array;
}

/** A letter as mail programs send it. */
function eml(subject: string, body: string, files: File[] = []): Buffer {
  const parts = files.map(
    ({ filename, contentType, content }) =>
      `--=_part\r\nContent-Type: ${contentType}\r\nContent-Transfer-Encoding: base64\r\n` +
      `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(filename)}\r\n\r\n${base64(content)}\r\n`,
  );
  const head = [
    "From: =?UTF-8?B?5Yip5qC55bu66Kit?= <soumu@tone-kensetsu.example>",
    "To: desk@guarantor.example",
    `Subject: =?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`,
    "Date: Tue, 17 Nov 2026 10:15:00 +0900",
    "Message-ID: <form@tone-kensetsu.example>",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="=_part"',
  ];
  const text = `--=_part\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(body)}\r\n`;
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${text}${parts.join("")}--=_part--\r\n`);
}

const SIGNATURE =
  "\n\n-- \n利根建設株式会社 総務部 鈴木\n〒300-1632 茨城県利根町1-2-3\nTEL 0297-99-9999  FAX 0297-99-9998";
const COVERS = [
  ["保証申込書の送付", "お世話になっております。\n申込書を添付いたします。よろしくお願いいたします。"],
  [
    "Re: 【申込書】のご送付",
    `記入しましたので、ご確認ください。${SIGNATURE}\n\n> 申込書をお送りします。\n> ご記入のうえ、ご返信ください。`,
  ],
  ["前払金保証の申込み", "添付のとおりです。"],
  ["", ""],
] as const;

async function expectRead(letter: Buffer, application: Application): Promise<void> {
  const reading = await readEml(letter);
  expect(reading.problems).toEqual([]);
  expect(reading.kind).toBe("application");
  // A message over several lines is one text (contract section 4).
  const message = application.message === null ? null : foldText(application.message);
  expect(reading.application).toEqual({ ...application, message });
}

/** One part of a workbook (APPNOTE.TXT §4.3.7: lengths of name and extra field at 26 and 28, the name at 30). */
function partOf(workbook: Uint8Array, name: string): string {
  const bytes = Buffer.from(workbook);
  const at = bytes.indexOf(name) - 30;
  const data = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  return inflateRawSync(bytes.subarray(data)).toString("utf8");
}

const cover = (hand: Hand) => COVERS[hand() % COVERS.length] ?? COVERS[0];

describe("the blank form", () => {
  it("is refused when a label would be read as something else, or a field has no place", () => {
    const words = readFileSync(new URL("../../templates/ja/form.json", import.meta.url), "utf8");
    const changed = (from: string, to: string) => () =>
      parseForm(JSON.parse(words.replace(from, to)), loadLabels());
    expect(changed("受注者名", "発注者名")).toThrow(/contractorName/);
    expect(changed('"note": "税込"', '"note": "知らない言葉"')).toThrow(/contractPriceYen/);
    expect(changed('"field": "worksUntil"', '"field": "worksFrom"')).toThrow(/worksFrom: .* twice/);
    expect(changed("利用しない", "考えておく")).toThrow(/redeposit/);
    const short = JSON.parse(words);
    short.sections.pop();
    expect(() => parseForm(short, loadLabels())).toThrow(/no place for .*contact.phone/);
  });

  it("comes as a workbook and a text, drawn once", async () => {
    const files = await blankForm();
    expect(files.map(({ filename }) => filename)).toEqual(["申込書.xlsx", "申込書.txt"]);
    expect(await blankForm()).toBe(files);
  });

  it("offers lists where there is a choice, and prints on A4 upright", async () => {
    const [workbook] = await blankForm();
    const sheet = partOf(workbook?.content ?? new Uint8Array(), "xl/worksheets/sheet1.xml");
    const lists = [...sheet.matchAll(/<formula1>"([^<]*)"<\/formula1>/g)].map(([, list]) => list);
    expect(lists.filter((list) => list === "利用する,利用しない")).toHaveLength(2);
    expect(lists.filter((list) => list === "電子保証（認証キーを含む）,紙の証書")).toHaveLength(3);
    expect(lists).toHaveLength(16);
    expect(sheet).toMatch(/<pageSetup paperSize="9" orientation="portrait" fitToHeight="0"\/>/);
    // ECMA-376 part 1, §18.3.1.99: a spreadsheet program refuses a sheet whose parts stand in another order.
    const parts = ["<sheetPr", "<sheetData", "<mergeCells", "<dataValidations", "<pageMargins", "<rowBreaks"];
    const places = parts.map((part) => sheet.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it("states no value: hints, examples and options are never read", async () => {
    const [workbook, text] = await blankForm();
    const letters = [
      eml("申込書", "お送りします。", workbook ? [workbook] : []),
      eml("申込書", "お送りします。", text ? [text] : []),
      eml("申込書", formText(form)),
    ];
    for (const letter of letters) {
      const { application, problems } = await readEml(letter);
      const { guarantees = [], contact, ...works } = application ?? {};
      const values = [works, contact ?? {}, ...guarantees.map(({ kind: _, ...rest }) => rest)];
      expect(values.flatMap((part) => Object.values(part)).filter((value) => value !== null)).toEqual([]);
      expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["missing"]));
    }
  });
});

describe("a form somebody filled in", () => {
  it("reads back complete from the workbook", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(applications, hands, async (application, hand) => {
        const content = await formWorkbook(form, written(application, hand, true));
        const [subject, body] = cover(hand);
        const file = { filename: form.files.workbook, contentType: SHEET, content };
        await expectRead(eml(subject, body, [file]), application);
      }),
      { numRuns: 60 },
    );
  });

  it("reads back complete from the text in the letter", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(applications, hands, async (application, hand) => {
        const text = formText(form, written(application, hand, false));
        const greeting =
          hand() % 2 === 0
            ? "お世話になっております。利根建設の鈴木です。\n下記のとおり申し込みます。\n\n"
            : "";
        await expectRead(eml("申込書", `${greeting}${text}${SIGNATURE}`), application);
      }),
      { numRuns: 150 },
    );
  });

  it("reads back complete from the text as a file", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(applications, hands, async (application, hand) => {
        const content = textFile(formText(form, written(application, hand, false)));
        const [subject, body] = cover(hand);
        const file = { filename: form.files.text, contentType: "text/plain", content };
        await expectRead(eml(subject, body, [file]), application);
      }),
      { numRuns: 100 },
    );
  });
});
