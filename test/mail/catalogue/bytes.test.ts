import { describe, expect, it } from "vitest";
import { readEml, readLetterBytes } from "../../../mail/letter/read.ts";
import { applicationFor, encoded } from "./fates.ts";

/** Case 60: wrong charsets, wrong labels, wrong file names. What was written is read, or nobody guesses. */

type Charset = "shift_jis" | "euc-jp" | "iso-2022-jp" | "utf-8";

/** Two bytes of each character, found by asking the decoder about all of them (WHATWG Encoding, JIS X 0208 and its extensions). */
function tableOf(charset: "shift_jis" | "euc-jp"): Map<string, number[]> {
  const decoder = new TextDecoder(charset);
  const table = new Map<string, number[]>();
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if ([...text].length === 1 && text !== "\ufffd" && !table.has(text)) table.set(text, [lead, trail]);
    }
  return table;
}
const TABLES = { shift_jis: tableOf("shift_jis"), "euc-jp": tableOf("euc-jp") };

function encode(text: string, charset: Charset): Buffer {
  if (charset === "utf-8") return Buffer.from(text);
  if (charset === "iso-2022-jp") return encodeJis(text);
  const bytes = [...text].flatMap((character) => {
    if (character < "\x80") return [character.charCodeAt(0)];
    const kana = halfWidth(character);
    if (kana !== null) return charset === "shift_jis" ? [kana] : [0x8e, kana];
    return found(TABLES[charset], character);
  });
  return Buffer.from(bytes);
}

/** RFC 1468, with the escape of CP50221 for half-width kana. Each line ends in ASCII. */
function encodeJis(text: string): Buffer {
  const bytes: number[] = [];
  let mode = "(B";
  for (const character of text) {
    const kana = halfWidth(character);
    const next = character < "\x80" ? "(B" : kana !== null ? "(I" : "$B";
    if (next !== mode) bytes.push(0x1b, ...Buffer.from(next));
    mode = next;
    if (next === "(B") bytes.push(character.charCodeAt(0));
    else if (kana !== null) bytes.push(kana - 0x80);
    else bytes.push(...found(TABLES["euc-jp"], character).map((byte) => byte - 0x80));
  }
  return Buffer.from(mode === "(B" ? bytes : [...bytes, 0x1b, ...Buffer.from("(B")]);
}

function halfWidth(character: string): number | null {
  const code = character.charCodeAt(0);
  return code >= 0xff61 && code <= 0xff9f ? code - 0xff61 + 0xa1 : null;
}

function found(table: Map<string, number[]>, character: string): number[] {
  const bytes = table.get(character);
  if (bytes === undefined) throw new Error(`not in this charset: ${character}`);
  return bytes;
}

/** Extensions of CP932: circled, in brackets, and the name kanji that JIS X 0208 has not. */
const TITLE = "髙橋・﨑田①号線～改良㈱工事";
/** Contract section 4: NFKC, names kept. */
const READ = "髙橋・﨑田1号線~改良株式会社工事";

const head = (...lines: string[]) =>
  Buffer.from(["From: a@b.example", "To: c@d.example", "MIME-Version: 1.0", ...lines, "", ""].join("\r\n"));
const bodyOf = (title: string, charset: Charset) =>
  encode(applicationFor(title).text.replaceAll("\n", "\r\n"), charset);
const titleIn = async (bytes: Buffer) => {
  const reading = await readEml(bytes);
  expect(reading.kind).toBe("application");
  return reading.application?.worksTitle;
};
const folded = (title: string | null | undefined) => title?.replace(/[〜～]/g, "~");

const LABELS: [string, Charset][] = [
  ...["ISO-2022-JP", "iso-2022-jp-ms", "CP50220", "CP50221", "cp50222", "csISO2022JP", "x-windows-50221"].map(
    (label): [string, Charset] => [label, "iso-2022-jp"],
  ),
  ...[
    "Shift_JIS",
    "sjis-win",
    "csWindows31J",
    "Windows-31J",
    "cp932",
    "x-sjis",
    "MS_Kanji",
    "x-ms-cp932",
    "Shift-JIS",
    "IBM943",
  ].map((label): [string, Charset] => [label, "shift_jis"]),
  ...["EUC-JP", "eucJP-ms", "CP51932", "x-euc-jp", "eucJP-win", "csEUCPkdFmtJapanese"].map(
    (label): [string, Charset] => [label, "euc-jp"],
  ),
  ["UTF-8", "utf-8"],
];

describe("case 60: the words of a letter", () => {
  it.each(LABELS)("labelled %s are read as they were written", async (label, charset) => {
    const type = `Content-Type: text/plain; charset="${label}"`;
    const raw = Buffer.concat([head(type, "Content-Transfer-Encoding: 8bit"), bodyOf(TITLE, charset)]);
    expect(folded(await titleIn(raw))).toBe(READ);
    const base64 = bodyOf(TITLE, charset).toString("base64").replace(/.{76}/g, "$&\r\n");
    const coded = Buffer.concat([head(type, "Content-Transfer-Encoding: base64"), Buffer.from(base64)]);
    expect(folded(await titleIn(coded))).toBe(READ);
  });

  it.each<Charset>(["shift_jis", "euc-jp", "iso-2022-jp"])(
    "without a charset, in %s, are read",
    async (charset) => {
      for (const type of [[], ["Content-Type: text/plain"]])
        expect(folded(await titleIn(Buffer.concat([head(...type), bodyOf(TITLE, charset)])))).toBe(READ);
    },
  );

  it.each<[string, Charset]>([
    ["utf-8", "shift_jis"],
    ["utf-8", "iso-2022-jp"],
    ["us-ascii", "shift_jis"],
    ["us-ascii", "iso-2022-jp"],
    ["iso-8859-1", "shift_jis"],
    ["iso-2022-jp", "utf-8"],
    ["shift_jis", "utf-8"],
    ["gb2312", "utf-8"],
    ["gb2312", "shift_jis"],
    ["euc-kr", "utf-8"],
    ["us-ascii", "utf-8"],
    ["us-ascii", "euc-jp"],
    ["unknown-8bit", "shift_jis"],
    ["unknown-8bit", "utf-8"],
    ["x-unknown", "euc-jp"],
    ["x-unknown", "iso-2022-jp"],
    ["shift_jis", "euc-jp"],
    ["euc-jp", "shift_jis"],
    ["windows-1252", "shift_jis"],
    ["iso-2022-jp", "shift_jis"],
  ])("labelled %s although they are %s are read", async (label, charset) => {
    const type = `Content-Type: text/plain; charset=${label}`;
    expect(folded(await titleIn(Buffer.concat([head(type), bodyOf(TITLE, charset)])))).toBe(READ);
  });

  it.each<Charset>(["shift_jis", "iso-2022-jp", "euc-jp"])(
    "in half-width kana, %s, are read",
    async (charset) => {
      const type = `Content-Type: text/plain; charset=${charset}`;
      const raw = Buffer.concat([head(type), bodyOf("ﾄﾈﾊﾞｼ補修工事", charset)]);
      expect(await titleIn(raw)).toBe("トネバシ補修工事");
    },
  );
});

describe("case 60: bytes of other kinds", () => {
  const titled = (...bytes: Buffer[]) => Buffer.concat(bytes);
  const bodyWith = (title: Buffer, charset: Charset) => {
    const [before = "", behind = ""] = applicationFor("TITLE").text.replaceAll("\n", "\r\n").split("TITLE");
    return titled(encode(before, charset), title, encode(behind, charset));
  };
  const type = (label: string) => `Content-Type: text/plain; charset=${label}`;

  it("kana shifted by SO and SI (JIS X 0201) are kana", async () => {
    const kana = Buffer.concat([
      Buffer.from("\x0e"),
      Buffer.from([0x44, 0x48, 0x4a, 0x5e, 0x3c]),
      Buffer.from("\x0f"),
    ]);
    expect(await titleIn(titled(head(type("CP50222")), bodyWith(kana, "iso-2022-jp")))).toBe("トネバシ");
  });

  it("Chinese bytes under their own label are not taken for Japanese ones", async () => {
    const gb = Buffer.from("cfd6b5c0b8c4c1bcb9a4cac2", "hex");
    const raw = titled(head(type("gb2312"), "Subject: x"), gb);
    expect((await readLetterBytes(raw)).letter.text.trim()).toBe("现道改良工事");
  });

  it("a body in UTF-7 or UTF-16 is read", async () => {
    const text = applicationFor("AAA").text.replaceAll("\n", "\r\n");
    const wide = Buffer.from(text, "utf16le").toString("base64");
    const raw = titled(head(type("utf-16le"), "Content-Transfer-Encoding: base64"), Buffer.from(wide));
    expect(await titleIn(raw)).toBe("AAA");
    const seven = titled(head(type("utf-7"), "Subject: x"), Buffer.from("+XeVOi1QN-"));
    expect((await readLetterBytes(seven)).letter.text.trim()).toBe("工事名");
  });

  it.each([
    ["a zero-width space", "町道\u200b百号線", "町道百号線"],
    ["a mark of byte order", "\ufeff町道百号線", "町道百号線"],
    ["a soft hyphen", "町道\u00ad百号線", "町道百号線"],
    ["marks of direction", "\u200e町道百号線\u200f", "町道百号線"],
    ["marks of kana apart", "ガード橋".normalize("NFD"), "ガード橋"],
    ["a variation selector", "葛\u{e0100}飾線", "葛\u{e0100}飾線"],
    ["a compatibility ideograph", "\ufa11線", "\ufa11線"],
    ["a kanji beyond the plane", "𠮷田線", "𠮷田線"],
  ])("%s is read as what is seen", async (_, title, read) => {
    const raw = titled(
      head(type("utf-8"), "Content-Transfer-Encoding: 8bit"),
      bodyWith(Buffer.from(title), "utf-8"),
    );
    expect(await titleIn(raw)).toBe(read);
  });
});

const SUBJECT = "【Ａ－０００１２３】髙橋線";
const word = (label: string, bytes: Buffer) => `=?${label}?B?${bytes.toString("base64")}?=`;
const quoted = (bytes: Buffer) =>
  [...bytes].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
/** Encoded words of the bytes cut at these places. */
const cutWords = (label: string, bytes: Buffer, ...at: number[]) =>
  [0, ...at].map((from, index) => word(label, bytes.subarray(from, at[index]))).join("\r\n ");

const SUBJECTS: [string, string | Buffer][] = [
  ["raw Shift_JIS", encode(SUBJECT, "shift_jis")],
  ["raw JIS", encode(SUBJECT, "iso-2022-jp")],
  ["raw EUC", encode(SUBJECT, "euc-jp")],
  ["raw UTF-8", Buffer.from(SUBJECT)],
  ...LABELS.map(([label, charset]): [string, string] => [
    `an encoded word of ${label}`,
    word(label, encode(SUBJECT, charset)),
  ]),
  ["quoted-printable Shift_JIS", `=?Shift_JIS?Q?${quoted(encode(SUBJECT, "shift_jis"))}?=`],
  ["a language behind the charset", word("ISO-2022-JP*ja", encode(SUBJECT, "iso-2022-jp"))],
  ["words cut within a UTF-8 character", cutWords("UTF-8", Buffer.from(SUBJECT), 4, 11, 20)],
  ["an encoded word of x-unknown in UTF-8", word("x-unknown", Buffer.from(SUBJECT))],
  [
    "an encoded word in small letters",
    `=?iso-2022-jp?b?${encode(SUBJECT, "iso-2022-jp").toString("base64")}?=`,
  ],
  ["encoded words without padding", word("UTF-8", Buffer.from(SUBJECT)).replace(/=+\?=$/, "?=")],
  [
    "encoded words with nothing between",
    cutWords("UTF-8", Buffer.from(SUBJECT), 3, 12).replaceAll("\r\n ", ""),
  ],
  [
    "encoded words cut within a Shift_JIS character",
    cutWords("Shift_JIS", encode(SUBJECT, "shift_jis"), 3, 9),
  ],
  [
    "encoded words cut within a EUC character, with sjis-win between",
    cutWords("eucJP-ms", encode(SUBJECT, "euc-jp"), 5),
  ],
  [
    "quoted-printable cut within a character",
    `=?UTF-8?q?${quoted(Buffer.from(SUBJECT).subarray(0, 7))}?=\r\n =?UTF-8?q?${quoted(Buffer.from(SUBJECT).subarray(7))}?=`,
  ],
  ["an encoded word of unknown-8bit", word("unknown-8bit", encode(SUBJECT, "shift_jis"))],
  ["an encoded word of gb2312 that is UTF-8", word("gb2312", Buffer.from(SUBJECT))],
  ["an encoded word of us-ascii that is EUC", word("us-ascii", encode(SUBJECT, "euc-jp"))],
  ["an encoded word of utf-8 that is Shift_JIS", word("utf-8", encode(SUBJECT, "shift_jis"))],
  ["words cut within a JIS sequence", cutWords("ISO-2022-JP", encode(SUBJECT, "iso-2022-jp"), 13, 21)],
];

describe("case 60: the subject of a letter", () => {
  it.each(SUBJECTS)("in %s is read, the receipt number in it, too", async (_, subject) => {
    const raw = Buffer.concat([
      Buffer.from("From: a@b.example\r\nSubject: "),
      Buffer.from(subject),
      Buffer.from(
        "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n訂正します。\r\n請負金額：51,000,000円\r\n",
      ),
    ]);
    const { letter, reading } = await readLetterBytes(raw);
    expect(letter.subject.normalize("NFKC")).toContain("髙橋線");
    expect(reading).toMatchObject({ kind: "correction", reference: "A-000123" });
  });
});

const FILE = "髙橋①申込書.csv";
const percent = (bytes: Buffer) =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const FILES: [string, string | Buffer][] = [
  ...(["utf-8", "shift_jis", "iso-2022-jp"] as const).flatMap((charset): [string, string | Buffer][] => [
    [`RFC 2231 in ${charset}`, `filename*=${charset}''${percent(encode(FILE, charset))}`],
    [`raw ${charset}`, Buffer.concat([Buffer.from('filename="'), encode(FILE, charset), Buffer.from('"')])],
    [`an encoded word of ${charset} in quotes`, `filename="${word(charset, encode(FILE, charset))}"`],
  ]),
  ["raw euc-jp", Buffer.concat([Buffer.from('filename="'), encode(FILE, "euc-jp"), Buffer.from('"')])],
  [
    "RFC 2231 in Shift_JIS labelled sjis-win, in pieces",
    `filename*0*=sjis-win''${percent(encode(FILE, "shift_jis").subarray(0, 3))};\r\n filename*1*=${percent(encode(FILE, "shift_jis").subarray(3))}`,
  ],
  ["RFC 2231 without a label", `filename*=''${percent(Buffer.from(FILE))}`],
  ["a Mac writes it", `filename*=utf-8''${percent(Buffer.from(FILE.normalize("NFD")))}`],
  ["a path", `filename*=utf-8''${percent(Buffer.from(`..\\..\\evil/../${FILE}`))}`],
  [
    "a name with a mark that turns its end around",
    `filename*=utf-8''${percent(Buffer.from(`\u202e${FILE}`))}`,
  ],
  ["RFC 2231 labelled unknown-8bit", `filename*=unknown-8bit''${percent(encode(FILE, "shift_jis"))}`],
  ["RFC 2231 labelled CP932", `filename*=CP932''${percent(encode(FILE, "shift_jis"))}`],
  [
    "RFC 2231 in pieces",
    `filename*0*=utf-8''${percent(Buffer.from(FILE.slice(0, 3)))};\r\n filename*1*=${percent(Buffer.from(FILE.slice(3)))}`,
  ],
];

describe("case 60: the name of a file", () => {
  it.each(FILES)("as %s is read", async (_, parameter) => {
    const raw = Buffer.concat([
      head("Content-Type: multipart/mixed; boundary=b"),
      Buffer.from(
        "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment;\r\n ",
      ),
      Buffer.from(parameter),
      Buffer.from("\r\nContent-Transfer-Encoding: base64\r\n\r\nYSxi\r\n--b--\r\n"),
    ]);
    const { letter } = await readLetterBytes(raw);
    expect(letter.attachments.map(({ filename }) => filename)).toEqual([FILE]);
  });
});

describe("case 60: what cannot be opened or told apart", () => {
  it("winmail.dat is for a person, and nothing is guessed from it", async () => {
    const raw = [
      `From: a@b.example\r\nSubject: ${encoded("電子保証のお申込み")}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n`,
      "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n添付のとおりお願いします。",
      "--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n",
      "eJ8+IgAAAQAIAAAAAA==\r\n--b--\r\n",
    ].join("\r\n");
    const reading = await readEml(Buffer.from(raw));
    const stated = Object.values(reading.application ?? {}).filter((value) => typeof value === "number");
    expect(stated).toEqual([]);
    expect(reading.queries).toEqual([]);
    expect(reading.problems.map(({ code }) => code)).toContain("unreadable");
  });

  it.each([
    "１２３４５－６７８９０１",
    "12345−678901",
    "12345ー678901",
    "12345‐678901",
    "12345–678901",
    "１２３４５-６７８９０１",
  ])("the number %s is the one it looks like", async (number) => {
    const body = `照会します。\r\n保証契約番号：${number}\r\n認証キー：Z28YUE4J3Bux\r\n`;
    const raw = Buffer.concat([head("Content-Type: text/plain; charset=utf-8"), Buffer.from(body)]);
    expect((await readEml(raw)).queries).toMatchObject([{ number: "12345-678901", key: "Z28YUE4J3Bux" }]);
  });

  it.each(["～", "〜", "~", "－", "から"])("a period with %s between its days is a period", async (sign) => {
    const text = applicationFor("町道六十号線工事").text.replace(
      /工期：.*/,
      `工期：令和8年4月11日${sign}令和9年3月19日`,
    );
    const raw = Buffer.concat([head("Content-Type: text/plain; charset=utf-8"), Buffer.from(text)]);
    expect((await readEml(raw)).application).toMatchObject({
      worksFrom: "2026-04-11",
      worksUntil: "2027-03-19",
    });
  });

  it("a date that is none is not today", async () => {
    const raw = Buffer.concat([head("Date: yesterday, perhaps", "Subject: x"), Buffer.from("x\r\n")]);
    expect((await readLetterBytes(raw)).letter.date).toBeNull();
  });
});
