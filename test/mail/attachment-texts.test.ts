import { describe, expect, it } from "vitest";
import { openAttachment, openingTime } from "../../mail/letter/attachments/open.ts";
import { readEml } from "../../mail/letter/read.ts";
import { letterWith, pdf } from "./foreign-files.ts";
import { handMadePdf, pdfText, states } from "./hand-made-pdf.ts";

const open = (filename: string, content: Buffer) =>
  openAttachment(
    { filename, contentType: "application/octet-stream", inline: false, content },
    openingTime(),
  );
const linesOf = async (filename: string, content: Buffer) => (await open(filename, content)).text.split("\n");
const printed = (text: string): string => text.replace(/[ \t]+/gu, " ");

describe("a PDF", () => {
  it("has each filled field beside the label that is printed there, whatever the field is called", async () => {
    const lines = await linesOf(
      "a.pdf",
      handMadePdf({
        texts: [
          [60, 700, "発注者名"],
          [60, 670, "工期"],
          [230, 670, "から"],
          [60, 640, "預託金融機関"],
        ],
        fields: [
          { rect: [150, 696, 400, 714], dict: `/FT/Tx/T(Text1)/V${pdfText("利根町長")}` },
          { rect: [110, 666, 225, 684], dict: `/FT/Tx/T(Text2)/V${pdfText("令和8年4月11日")}` },
          { rect: [260, 666, 375, 684], dict: `/FT/Tx/T(Text3)/V${pdfText("令和9年3月19日")}` },
          {
            rect: [150, 636, 300, 654],
            dict: `/FT/Ch/Ff 131072/T(Combo1)/V(b1)/Opt[[(b1)${pdfText("見本銀行 利根支店")}][(b2)${pdfText("例示銀行")}]]`,
          },
          {
            rect: [150, 606, 300, 624],
            dict: `/FT/Tx/T(Text4)/TU${pdfText("工事名")}/V${pdfText("町道112号線")}`,
          },
          { rect: [150, 576, 300, 594], dict: "/FT/Tx/T(Text5)" },
        ],
      }),
    );
    expect(lines.map(printed)).toEqual([
      "発注者名 利根町長",
      "工期 令和8年4月11日 から 令和9年3月19日",
      "預託金融機関 見本銀行 利根支店",
      "工事名 町道112号線",
    ]);
  });

  it("has ticks and choices with their words", async () => {
    const lines = await linesOf(
      "a.pdf",
      handMadePdf({
        texts: [
          [60, 700, "保証証書の形式"],
          [180, 700, "電子保証"],
          [280, 700, "証書（紙）"],
          [80, 670, "お知らせを希望する"],
        ],
        groups: { form: "/FT/Btn/Ff 49152/T(Group1)/V/paper" },
        fields: [
          { rect: [162, 698, 174, 710], group: "form", dict: `/AS/Off${states("electronic", "Off")}` },
          { rect: [262, 698, 274, 710], group: "form", dict: `/AS/paper${states("paper", "Off")}` },
          { rect: [60, 668, 72, 680], dict: `/FT/Btn/T(Check1)/V/Yes/AS/Yes${states("Yes", "Off")}` },
          {
            rect: [60, 500, 72, 512],
            dict: `/FT/Btn/T(Check2)/TU${pdfText("再預託を利用する")}/V/Off/AS/Off${states("Yes", "Off")}`,
          },
        ],
      }),
    );
    expect(lines.map(printed)).toEqual([
      "保証証書の形式 ☐電子保証 ☒証書（紙）",
      "☒お知らせを希望する",
      "再預託を利用する ☐",
    ]);
  });

  it("with words in an encoding that cannot be read is not read without them", async () => {
    for (const encoding of ["90ms-RKSJ-H", "UniJIS-UCS2-H"])
      expect(
        await open("a.pdf", handMadePdf({ texts: [[60, 700, "請負金額 50,000,000円"]], encoding })),
      ).toMatchObject({
        format: "none",
        unread: "unsupported",
      });
  });

  it("has vertical writing as lines, from right to left", async () => {
    const bytes = handMadePdf({
      texts: [
        [470, 780, "発注者名　利根町長である者の名称"],
        [500, 780, "工事名　町道一一二号線改良工事"],
      ],
      encoding: "Identity-V",
    });
    expect(await linesOf("a.pdf", bytes)).toEqual([
      "工事名 町道一一二号線改良工事",
      "発注者名 利根町長である者の名称",
    ]);
  });

  it("has radicals and ligatures as the letters they show, and other kanji as they are", async () => {
    const bytes = handMadePdf({
      texts: [[60, 700, "⼯事名：⻑⻄橋⽼朽化対策（髙﨑）ﬁ 第一工区 契約保証申込書"]],
    });
    expect(await linesOf("a.pdf", bytes)).toEqual([
      "工事名：長西橋老朽化対策（髙﨑）fi 第一工区 契約保証申込書",
    ]);
  });

  it("keeps two columns apart", async () => {
    const bytes = await pdf((page) => {
      page.text("発注者名", 60, 100).text("利根町長", 150, 100);
      page.text("受注者名", 320, 100).text("利根建設株式会社", 400, 100);
    });
    expect(await linesOf("a.pdf", bytes)).toEqual(["発注者名  利根町長  受注者名  利根建設株式会社"]);
  });

  const notice = (embedded: object) =>
    pdf((page) => {
      page
        .text("電子保証にかかる「認証キー」のお知らせ")
        .text("保証契約番号 12345-678901")
        .text("認証キー Z28YUE4J3Bux");
      page.file(Buffer.from(JSON.stringify(embedded)), { name: "notice.json" });
    });
  const NOTICE = {
    type: "hosho-desk/notice",
    version: 1,
    guarantor: "見本建設業保証株式会社",
    number: "12345-678901",
    key: "Z28YUE4J3Bux",
    product: "advance_payment",
    worksTitle: "町道",
    contractor: "利根建設",
  };
  const asked = async (embedded: object) =>
    readEml(
      letterWith(
        "照会します。",
        [{ name: "お知らせ.pdf", content: await notice(embedded), type: "application/pdf" }],
        "照会",
      ),
    );

  it("of ours that says the same in print and inside is one query", async () => {
    expect(await asked(NOTICE)).toMatchObject({
      kind: "verification",
      problems: [],
      queries: [{ number: "12345-678901", key: "Z28YUE4J3Bux" }],
    });
  });

  it("of ours that says another number inside than in print is asked about, not looked up", async () => {
    const reading = await asked({ ...NOTICE, number: "54321-678901" });
    expect(reading.queries).toEqual([]);
    expect(reading.problems.map(({ field, code }) => `${field} ${code}`)).toContain("application unreadable");
  });

  it("of ours that says another key inside than in print has no key", async () => {
    const reading = await asked({ ...NOTICE, key: "AAAABBBBCCCC" });
    expect(reading.queries).toMatchObject([{ number: "12345-678901", key: null }]);
    expect(reading.problems.map(({ field, code }) => `${field} ${code}`)).toContain(
      "queries.0.key ambiguous",
    );
  });
});

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
/** 工事名,町道① */
const TABLE: [string, Buffer][] = [
  ["UTF-8", Buffer.from("工事名,町道①")],
  ["UTF-8 with a mark", Buffer.from("\ufeff工事名,町道①")],
  ["Shift_JIS with extensions", hex("8d488e9696bc 2c 92ac93b9 8740")],
  ["EUC-JP with extensions", hex("b9a9bbf6ccbe 2c c4aec6bb ada1")],
  ["ISO-2022-JP", hex("1b2442 39293b764c3e 1b2842 2c 1b2442 442e463b 2d21 1b2842")],
  ["UTF-16 with a mark", Buffer.from("\ufeff工事名,町道①", "utf16le")],
  ["UTF-16 in the other order", Buffer.from("\ufeff工事名,町道①", "utf16le").swap16()],
  ["UTF-16 without a mark", Buffer.from("工事名,町道①\r\n金額,5\r\n", "utf16le")],
  ["UTF-16 in the other order without a mark", Buffer.from("工事名,町道①\r\n金額,5\r\n", "utf16le").swap16()],
];

describe("a table of text", () => {
  it.each(TABLE)("in %s is read", async (_, bytes) => {
    expect((await linesOf("a.csv", bytes))[0]).toBe("工事名\t町道①");
  });

  const SIGNS: [string, string, string[]][] = [
    ["commas", 'a,"1,000"\n', ["a\t1,000"]],
    ["tabs", "a\t1,000\n", ["a\t1,000"]],
    ["semicolons, with an amount in it", "a;1,000;b\n", ["a\t1,000\tb"]],
    ["the sign that its first line names", "sep=;\na;b,c\n", ["a\tb,c"]],
    ["line breaks and quotes inside quotes", '"利根\r\n""町""",b\r\nc', ['利根 "町"\tb', "c"]],
    ["a quote inside a cell", '5" 管,b\nc,d', ['5" 管\tb', "c\td"]],
    ["line ends of an old Mac", "a,b\rc,d", ["a\tb", "c\td"]],
  ];
  it.each(SIGNS)("parted by %s is read", async (_, text, lines) => {
    expect((await linesOf("a.csv", Buffer.from(text))).slice(0, lines.length)).toEqual(lines);
  });

  it("with zero bytes and characters that nobody sees is read as it looks", async () => {
    const content = Buffer.from(
      "工\u200b事\u00ad名：町道112号線\0\0\n請負金額：50,000,000円\n前払金保証を申し込みます\n",
    );
    const reading = await readEml(
      letterWith("添付のとおり申し込みます。", [{ name: "申込書.txt", content }]),
    );
    expect(reading.application).toMatchObject({ worksTitle: "町道112号線", contractPriceYen: 50_000_000 });
  });

  it("with kana and their marks apart, as a Mac writes them, is read", async () => {
    const content = Buffer.from("工事名：ガード橋補修工事\n前払金保証を申し込みます\n".normalize("NFD"));
    const reading = await readEml(
      letterWith("添付のとおり申し込みます。", [{ name: "申込書.txt", content }]),
    );
    expect(reading.application?.worksTitle).toBe("ガード橋補修工事");
  });
});
