import { describe, expect, it } from "vitest";
import { UNREAD_REASONS, type UnreadReason } from "../../core/reader/source.ts";
import { zipOf } from "../../mail/letter/attachments/zip.ts";
import { readEml, readLetterBytes } from "../../mail/letter/read.ts";
import { ATTACHMENT_BYTES } from "../../mail/limits.ts";
import { loadLabels } from "../../templates/reading.ts";
import { applicationFor } from "./catalogue/fates.ts";
import {
  type Attached,
  compound,
  labelled,
  letterWith,
  pdf,
  words,
  workbook,
  workbookFiles,
} from "./foreign-files.ts";

const COMPLETE = applicationFor("町道百号線工事").text;
const { problems: sentences } = loadLabels();
const sentence = (reason: UnreadReason, name: string) =>
  String(sentences[`attachment_${reason}`]).replaceAll("{read}", name);
const sheet = (rows: string) => workbook({ sheets: [{ name: "申込書", rows }] });
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const encryptedZip = () => {
  const bytes = Buffer.from(zipOf(workbookFiles({ sheets: [{ name: "a", rows: "" }] })));
  for (let at = bytes.indexOf("PK\x01\x02"); at >= 0; at = bytes.indexOf("PK\x01\x02", at + 1))
    bytes.writeUInt16LE(1, at + 8);
  return bytes;
};
const locked = await pdf((page) => page.text("請負金額：50,000,000円"), { userPassword: "x" });
const scanned = await pdf((page) => page.rect(50, 50, 300, 400).fill("#ddd"));
const long = await pdf((page) => {
  for (let n = 1; n <= 41; n += 1)
    page.addPage().text(`第${n}条 発注者及び受注者は、この約款に基づき、契約を履行しなければならない。`);
});

const UNREAD: [string, string, Buffer | string, UnreadReason, string?][] = [
  ["a workbook with a password", "申込書.xlsx", compound("EncryptedPackage"), "encrypted", XLSX],
  ["a workbook packed with a password", "申込書.xlsx", encryptedZip(), "encrypted", XLSX],
  ["a PDF with a password", "申込書.pdf", locked, "encrypted", "application/pdf"],
  ["a sealed letter", "smime.p7m", "\x30\x80", "encrypted", "application/pkcs7-mime"],
  [
    "a workbook with macros",
    "申込書.xlsm",
    workbook({
      sheets: [{ name: "a", rows: labelled(["請負金額", words("99円")]) }],
      files: { "xl/vbaProject.bin": "x" },
    }),
    "macro",
  ],
  [
    "a workbook with macros under another name",
    "申込書.xlsx",
    workbook({ sheets: [{ name: "a", rows: "" }], files: { "xl/vbaProject.bin": "x" } }),
    "macro",
    XLSX,
  ],
  ["winmail.dat", "winmail.dat", Buffer.from("789f3e22010000", "hex"), "tnef", "application/ms-tnef"],
  ["a scanned PDF", "scan.pdf", scanned, "image_only", "application/pdf"],
  [
    "a zip archive",
    "申込書.zip",
    zipOf(new Map([["申込書.csv", Buffer.from("a")]])),
    "archive",
    "application/zip",
  ],
  ["an archive of 7-Zip", "申込書.7z", Buffer.from("377abcaf271c0004", "hex"), "archive"],
  ["an archive of LHA", "申込書.lzh", Buffer.from("2a002d6c68352d00", "hex"), "archive"],
  ["an old workbook", "申込書.xls", compound("Workbook"), "old_office", "application/vnd.ms-excel"],
  ["an old Word document", "申込書.doc", compound("WordDocument"), "word", "application/msword"],
  [
    "a Word document",
    "申込書.docx",
    zipOf(
      new Map([
        ["[Content_Types].xml", Buffer.from("x")],
        ["word/document.xml", Buffer.from("x")],
      ]),
    ),
    "word",
  ],
  [
    "a Word document named as a workbook",
    "申込書.xlsx",
    zipOf(new Map([["word/document.xml", Buffer.from("x")]])),
    "word",
  ],
  ["a file of a drawing program", "図面.sfc", "ISO-10303-21;", "unsupported"],
  [
    "a PDF beyond the size that is opened",
    "図面.pdf",
    Buffer.concat([Buffer.from("%PDF-1.7"), Buffer.alloc(ATTACHMENT_BYTES)]),
    "too_large",
    "application/pdf",
  ],
  ["a PDF of more pages than are read", "約款.pdf", long, "too_large", "application/pdf"],
  [
    "a text beyond the size that is read",
    "一覧.csv",
    "a,b\n".repeat(ATTACHMENT_BYTES / 4 + 1),
    "too_large",
    "text/csv",
  ],
  ["a broken PDF", "申込書.pdf", "%PDF-1.7 broken", "broken", "application/pdf"],
  ["a broken workbook", "申込書.xlsx", "PK\x03\x04 broken", "broken", XLSX],
  ["an empty file", "申込書.xlsx", "", "broken", XLSX],
  ["a text in one of two charsets", "会社名.csv", Buffer.from("c4c8cade", "hex"), "charset", "text/csv"],
];

describe("a file that is not read", () => {
  it("has a sentence for each reason there can be", () => {
    for (const reason of UNREAD_REASONS) expect(sentences, reason).toHaveProperty(`attachment_${reason}`);
  });

  it.each(UNREAD)(
    "(%s) is told of, with its reason, beside a complete application",
    async (_, name, content, reason, type) => {
      const reading = await readEml(letterWith(COMPLETE, [{ name, content, ...(type ? { type } : {}) }]));
      expect(reading).toMatchObject({ kind: "application", application: { worksTitle: "町道百号線工事" } });
      expect(reading.problems).toEqual([
        { field: "application", code: "unreadable", text: sentence(reason, name) },
      ]);
    },
    20_000,
  );

  it("is told of in a letter of any kind a person answers", async () => {
    const body = "照会します。\n保証契約番号：12345-678901\n認証キー：Z28YUE4J3Bux\n";
    const reading = await readEml(
      letterWith(body, [{ name: "winmail.dat", content: Buffer.from("789f3e22", "hex") }], "照会"),
    );
    expect(reading).toMatchObject({ kind: "verification", queries: [{ number: "12345-678901" }] });
    expect(reading.problems.map(({ text }) => text)).toEqual([sentence("tnef", "winmail.dat")]);
  });

  const QUIET: [string, Attached][] = [
    [
      "a signature of S/MIME",
      { name: "smime.p7s", content: "\x30\x80", type: "application/pkcs7-signature" },
    ],
    [
      "a signature of PGP",
      { name: "signature.asc", content: "-----BEGIN PGP SIGNATURE-----", type: "application/pgp-signature" },
    ],
    ["a card", { name: "suzuki.vcf", content: "BEGIN:VCARD", type: "text/vcard" }],
    ["a date", { name: "invite.ics", content: "BEGIN:VCALENDAR", type: "text/calendar" }],
    [
      "a logo in the signature",
      { name: "logo.png", content: "\x89PNG", type: "image/png", disposition: "inline" },
    ],
    ["a picture", { name: "logo.gif", content: "GIF89a", type: "image/gif" }],
  ];
  it.each(QUIET)("(%s) is left out without a word where nobody means it as a document", async (_, file) => {
    const reading = await readEml(letterWith(COMPLETE, [file]));
    expect(reading).toMatchObject({ kind: "application", problems: [] });
  });

  it("says so of a picture where the letter states nothing else", async () => {
    const reading = await readEml(
      letterWith("前払金保証を申し込みます。添付をご覧ください。", [
        { name: "申込書.jpg", content: Buffer.from("ffd8ff", "hex"), type: "image/jpeg" },
      ]),
    );
    expect(reading.kind).toBe("application");
    expect(reading.problems.map(({ text }) => text)).toContain(sentence("image_only", "申込書.jpg"));
  });
});

describe("a workbook", () => {
  const textOf = async (content: Buffer) => {
    const { letter } = await readLetterBytes(letterWith("x", [{ name: "申込書.xlsx", content, type: XLSX }]));
    return letter.attachments[0]?.text;
  };
  const shown = async (format: string | number, value: number | string, settings = "") =>
    textOf(
      workbook({
        sheets: [{ name: "a", rows: labelled(["x", `<c s="1"><v>${value}</v></c>`]) }],
        formats: [format],
        settings,
      }),
    );

  const NUMBERS: [string, string | number, number, string][] = [
    ["a percentage", 9, 0.4, "40%"],
    ["a percentage with a part", "0.0%", 0.405, "40.5%"],
    ["a unit in thousands", '#,##0"千円"', 50000, "50000千円"],
    ["yen shown in thousands", "#,##0,", 50000000, "50000"],
    ["yen shown in thousands with the unit", '#,##0,"千円"', 20500400, "20500.4千円"],
    ["yen shown in millions", '#,##0,,"百万円"', 50000000, "50百万円"],
    ["a yen sign", "¥#,##0;[Red]¥-#,##0", 20000000, "¥20000000"],
    ["a negative amount in red alone", "#,##0;[Red]#,##0", -5, "-5"],
    ["a dash for nothing", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"_ ;_ @_ ', 0, "-"],
    ["a guarantee number", "00000-000000", 12345678901, "12345-678901"],
    ["a number with zeros in front", "00000", 123, "00123"],
    ["a telephone number", "[<=99999999]####-####;\\(00\\)\\ ####-####", 334567890, "(03) 3456-7890"],
    ["a plain number", "#,##0", 20000000, "20000000"],
    ["a day", "yyyy/m/d;@", 46122, "2026-04-10"],
    ["a day of an era", '[$-ja-JP-x-gannen]ggge"年"m"月"d"日";@', 46122, "2026-04-10"],
    ["a day of an era as LibreOffice writes it", "[$-1030411]ggge\\年m\\月d\\日", 46122, "2026-04-10"],
    ["a short day of an era", 57, 46122, "2026-04-10"],
    ["a day without its year", 'm"月"d"日"', 46122, "4/10"],
    ["a month without a day", 55, 46122, "2026/4"],
    ["a time", "h:mm", 0.5, "12:00"],
    ["a day beyond the calendar", "yyyy/m/d", 99999999, "#####"],
  ];
  it.each(NUMBERS)("shows %s as its sender saw it", async (_, format, value, expected) => {
    expect(await shown(format, value)).toBe(`x\t${expected}`);
  });

  it.each(['date1904="1"', 'date1904="true"'])(
    "that counts days from 1904 (%s) is read right",
    async (settings) => {
      expect(await shown(14, 44660, settings)).toBe("x\t2026-04-10");
      expect(await shown("yyyy\\-mm\\-dd", 44660, settings)).toBe("x\t2026-04-10");
    },
  );

  it("has kanji without their reading aids, and rich text as one", async () => {
    const sharedStrings = [
      '<t>利根建設</t><rPh sb="0" eb="4"><t>トネケンセツ</t></rPh><phoneticPr fontId="1"/>',
      "<r><t>町道</t></r><r><rPr><b/></rPr><t>112号線</t></r>",
    ];
    const rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>';
    expect(await textOf(workbook({ sheets: [{ name: "a", rows }], sharedStrings }))).toBe(
      "利根建設\t町道112号線",
    );
  });

  it("has formulas by their last result, errors as such, ticks and cells without addresses", async () => {
    const rows = `<row><c><f>1+1</f><v>2</v></c><c t="str"><f>A1&amp;"x"</f><v>2x</v></c><c t="str"><f>B9</f></c><c t="e"><f>1/0</f><v>#REF!</v></c><c t="b"><v>1</v></c><c t="s"/></row>`;
    expect(await textOf(workbook({ sheets: [{ name: "a", rows }] }))).toBe("2\t2x\t\t#REF!\t☒");
  });

  it("is read without what its sender has hidden", async () => {
    const sample = { name: "記入例", rows: labelled(["工事名", words("見本工事")]) };
    const rows = `<row r="1"><c r="A1" t="inlineStr"><is><t>工事名</t></is></c><c r="B1"><v>1</v></c><c r="C1" t="inlineStr"><is><t>町道</t></is></c></row><row r="2" hidden="1"><c r="A2"><v>7</v></c></row><row r="3"><c r="A3"><v>8</v></c></row>`;
    const text = await textOf(
      workbook({
        sheets: [
          { ...sample, state: "hidden" },
          { name: "申込", rows, columns: '<cols><col min="2" max="2" hidden="1"/></cols>' },
          { ...sample, state: "veryHidden" },
        ],
      }),
    );
    expect(text).toBe("工事名\t\t町道\n\n8");
  });

  it("with merged cells keeps the value where it stands", async () => {
    const rows = labelled(["前払金保証", words("20,000,000円")], ["", words("電子保証")]);
    expect(await textOf(sheet(rows))).toBe("前払金保証\t20,000,000円\n電子保証");
  });
});
