import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canonicalCharset, decodeJapanese, decodeText } from "../../mail/letter/charset.ts";
import { cleanField } from "../../mail/letter/encoded-words.ts";
import { readLetterBytes } from "../../mail/letter/read.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
/** 髙橋㈱～① */
const SJIS = hex("fbfc 8bb4 878a 8160 8740");
const JIS = hex("1b2442 7c62 3636 2d6a 2141 2d21 1b2842");
const EUC = hex("fce2 b6b6 adea a1c1 ada1");
const same = (text: string) => text.replace(/[〜～]/g, "~").replace("髙", "高");

const letter = (head: string, body: Uint8Array, subject: Uint8Array | string = "x") =>
  Buffer.concat([
    Buffer.from("From: a@b.example\r\nTo: c@d.example\r\nSubject: "),
    Buffer.from(subject),
    Buffer.from(`\r\nMIME-Version: 1.0\r\n${head}\r\n\r\n`),
    body,
  ]);

describe("Japanese mail", () => {
  it("in eucJP-ms has the characters that EUC-JP lacks", async () => {
    // A third code set row 84, as some UNIX mailers write it.
    const bytes = hex("8ff4fb cdfc 8ff4ab 8ff3f3");
    const head = "Content-Type: text/plain; charset=eucJP-ms\r\nContent-Transfer-Encoding: 8bit";
    expect((await readLetterBytes(letter(head, bytes))).letter.text.trim()).toBe("髙梨㈱ⅰ");
  });

  it.each([
    ["sjis-win", SJIS],
    ["Windows-31J", SJIS],
    ["csWindows31J", SJIS],
    ["Shift_JIS", SJIS],
    ["MS932", SJIS],
    ["cp932", SJIS],
    ["CP50220", JIS],
    ["CP50221", JIS],
    ["iso-2022-jp-ms", JIS],
    ["csISO2022JP", JIS],
    ["ISO-2022-JP", JIS],
    ["eucJP-ms", EUC],
    ["CP51932", EUC],
    ["EUC-JP", EUC],
    ["utf-8", JIS],
    ["us-ascii", JIS],
    ["utf-8", SJIS],
    ["us-ascii", SJIS],
    ["iso-8859-1", SJIS],
    ["x-unknown", SJIS],
  ])("labelled %s is read as it was written", async (label, bytes) => {
    const { letter: read } = await readLetterBytes(
      letter(`Content-Type: text/plain; charset="${label}"\r\nContent-Transfer-Encoding: 8bit`, bytes),
    );
    expect(same(read.text.trim())).toBe("高橋㈱~①");
  });

  it.each([
    ["Shift_JIS", SJIS],
    ["ISO-2022-JP", JIS],
    ["UTF-8", Buffer.from("髙橋㈱～①")],
  ])("without any charset, in raw %s, is read", async (_, bytes) => {
    const { letter: read } = await readLetterBytes(letter("Content-Type: text/plain", bytes, bytes));
    expect(same(read.text.trim())).toBe("高橋㈱~①");
    expect(same(read.subject)).toBe("高橋㈱~①");
  });

  it.each(["sjis-win", "CP932", "Windows-31J"])("in encoded words labelled %s is read", async (label) => {
    const { letter: read } = await readLetterBytes(
      letter("Content-Type: text/plain", Buffer.from("x"), `=?${label}?B?${SJIS.toString("base64")}?=`),
    );
    expect(same(read.subject)).toBe("高橋㈱~①");
  });

  it("in raw file names is read", async () => {
    const body = Buffer.concat([
      Buffer.from('--b\r\nContent-Type: application/octet-stream; name="'),
      SJIS,
      Buffer.from('"\r\nContent-Disposition: attachment; filename="'),
      SJIS,
      Buffer.from('"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n'),
    ]);
    const { letter: read } = await readLetterBytes(
      letter('Content-Type: multipart/mixed; boundary="b"', body),
    );
    expect(read.attachments.map((a) => same(a.filename))).toEqual(["高橋㈱~①"]);
  });

  it("in quoted-printable of one charset under the label of another is read", async () => {
    const quoted = [...SJIS].map((b) => `=${b.toString(16).toUpperCase().padStart(2, "0")}`).join("");
    const { letter: read } = await readLetterBytes(
      letter(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
        Buffer.from(quoted),
      ),
    );
    expect(same(read.text.trim())).toBe("高橋㈱~①");
  });

  it("knows labels by their common name and leaves others alone", () => {
    expect(canonicalCharset('"CP50221"')).toBe("iso-2022-jp");
    expect(canonicalCharset("GB18030")).toBe("gb18030");
    expect(decodeJapanese(Buffer.from("plain"))).toBe("plain");
  });

  const word = (label: string, bytes: Buffer) => `=?${label}?B?${bytes.toString("base64")}?=`;
  it.each([
    ["unknown-8bit that are Shift_JIS", word("unknown-8bit", SJIS), ""],
    ["gb2312 that are UTF-8", word("gb2312", Buffer.from("髙橋㈱～①")), ""],
    ["us-ascii that are EUC, in a letter of EUC", word("us-ascii", EUC), "euc-jp"],
    ["utf-8 that are Shift_JIS", word("utf-8", SJIS), ""],
    [
      "Shift_JIS, cut within a character",
      `${word("sjis-win", SJIS.subarray(0, 3))}\r\n ${word("sjis-win", SJIS.subarray(3))}`,
      "",
    ],
    [
      "ISO-2022-JP, cut with nothing between",
      word("iso-2022-jp", JIS.subarray(0, 7)) + word("iso-2022-jp", JIS.subarray(7)),
      "",
    ],
  ])("in encoded words of %s is written again as UTF-8", (_, words, label) => {
    const clean = cleanField(Buffer.from(`Subject: A ${words}, B`), label);
    const text = clean
      .replace(/\?=\r\n =\?/g, "?==?")
      .replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_match, data: string) => Buffer.from(data, "base64").toString());
    expect(same(text)).toBe("Subject: A 高橋㈱~①, B");
  });

  it("in an encoded word never becomes an address", () => {
    expect(
      cleanField(Buffer.from("From: =?us-ascii?Q?=3Cgood=40bank.example=3E?= <bad@x.example>"), ""),
    ).not.toContain("good@");
  });

  it("of words of half-width kana alone is not told apart from EUC-JP, and says so", () => {
    expect(decodeText(hex("c4c8cade"))).toMatchObject({ doubtful: true });
    expect(decodeText(hex("c4c8cade"), "shift_jis")).toEqual({ text: "ﾄﾈﾊﾞ", doubtful: false });
    expect(decodeText(EUC).doubtful).toBe(false);
    expect(decodeText(SJIS).doubtful).toBe(false);
  });

  it("leaves sound letters readable in every part", async () => {
    const { letter: read } = await readLetterBytes(
      readFileSync(new URL("../cases/application-kakuda-two-forms/letter.eml", import.meta.url)),
    );
    expect(read.text).toContain("髙橋");
  });
});
