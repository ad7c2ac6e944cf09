import { extractText, getDocumentProxy } from "unpdf";
import { describe, expect, test } from "vitest";
import { embeddedCertificate, embeddedNotice, MissingGlyphError } from "../../core/documents.ts";
import { drawCertificate, drawNotice } from "../../templates/documents/documents.ts";
import { certificate, notice } from "./samples.ts";

// Reading a document detaches its bytes, so that each reader gets a copy.
async function linesOf(pdf: Uint8Array): Promise<string[]> {
  const { text, totalPages } = await extractText(pdf.slice(), { mergePages: true });
  expect(totalPages).toBe(1);
  return text.split("\n").map((line) => line.trim());
}

async function attached(pdf: Uint8Array, name: string): Promise<unknown> {
  const document = await getDocumentProxy(pdf.slice());
  expect(Array.from((await document.getAttachments())?.keys() ?? [])).toEqual([name]);
  return JSON.parse(new TextDecoder().decode((await document.getAttachmentContent(name)) ?? undefined));
}

async function links(pdf: Uint8Array): Promise<string[]> {
  const page = await (await getDocumentProxy(pdf.slice())).getPage(1);
  const annotations: { unsafeUrl?: string }[] = await page.getAnnotations();
  return annotations.flatMap(({ unsafeUrl }) => unsafeUrl ?? []);
}

describe("a notice", () => {
  test("has each label on one line with its value, number and key without blanks", async () => {
    const lines = await linesOf(await drawNotice(notice()));
    expect(lines).toContain("電子保証にかかる「認証キー」のお知らせ");
    expect(lines).toContain("工事名 町道112号線改良工事");
    expect(lines).toContain("受注者名 利根建設株式会社");
    expect(lines).toContain("商品（保証区分） 前払金保証");
    expect(lines).toContain("保証契約番号 18221-200105");
    expect(lines).toContain("認証キー HkXSZfRQs9W9");
    expect(lines.join("")).toContain("令和8年4月20日");
  });

  test("spreads its labels over one width", async () => {
    const page = await (await getDocumentProxy(await drawNotice(notice()))).getPage(1);
    const { items } = await page.getTextContent();
    const labels = ["工事名", "受注者名", "商品（保証区分）", "保証契約番号", "認証キー"];
    const widths = items.flatMap((item) =>
      "str" in item && labels.includes(item.str) ? [Math.round(item.width)] : [],
    );
    expect(widths).toHaveLength(labels.length);
    expect(new Set(widths).size).toBe(1);
  });

  test("carries the same values as JSON, and nothing else", async () => {
    const json = await attached(await drawNotice(notice({ kind: "performance" })), "notice.json");
    expect(json).toEqual({
      type: "hosho-desk/notice",
      version: 1,
      guarantor: "見本建設業保証株式会社",
      number: "18221-200105",
      key: "HkXSZfRQs9W9",
      product: "performance",
      worksTitle: "町道112号線改良工事",
      contractor: "利根建設株式会社",
    });
    expect(embeddedNotice.parse(json)).toEqual(json);
  });

  test("opens a verification letter that is ready to send", async () => {
    const [first, second, ...more] = await links(
      await drawNotice(notice({ deskAddress: "hosho+1@mihon.example" })),
    );
    expect(first).toBe(second);
    expect(more).toEqual([]);
    const url = new URL(first ?? "");
    expect(url.protocol).toBe("mailto:");
    expect(decodeURIComponent(url.pathname)).toBe("hosho+1@mihon.example");
    expect(first).toMatch(/^[\x21-\x7e]+$/);
    expect(url.searchParams.get("subject")).toBe("照会");
    expect(url.searchParams.get("body")).toBe("保証契約番号：18221-200105\r\n認証キー：HkXSZfRQs9W9\r\n");
  });

  test("of a joint venture names the lead member as the contractor, and the venture beside it", async () => {
    const lines = await linesOf(
      await drawNotice(notice({ jointVentureName: "利根・布川特定建設工事共同企業体" })),
    );
    expect(lines).toContain("受注者名 利根建設株式会社");
    expect(lines).toContain("共同企業体名 利根・布川特定建設工事共同企業体");
  });

  test.each(["advance_payment", "interim_advance_payment", "performance"] as const)(
    "of %s tells what its submission replaces",
    async (kind) => {
      const text = (await linesOf(await drawNotice(notice({ kind })))).join("");
      const replaced = {
        advance_payment: "、前払金のご請求",
        interim_advance_payment: "、中間前払金のご請求",
        performance: "、請負契約の締結",
      };
      expect(text).toContain(replaced[kind]);
    },
  );

  test("keeps the kanji of names, variant forms included", async () => {
    const name = "髙﨑𠮷田葛\u{e0100}葛建設株式会社";
    const pdf = await drawNotice(notice({ contractorName: name }));
    expect(await linesOf(pdf)).toContain(`受注者名 ${name}`);
    expect(await attached(pdf, "notice.json")).toMatchObject({ contractor: name });
  });

  test.each([
    ["that just exceeds the cell on one line", 31, 1],
    ["of sixty characters on two lines", 60, 2],
    ["of 120 characters on a few", 120, 4],
  ])("keeps a works title %s", async (_name, length, most) => {
    const title = "町道第百十二号線道路改良及び排水路整備工事".repeat(6).slice(0, length);
    const lines = await linesOf(
      await drawNotice(notice({ worksTitle: title, jointVentureName: "利根共同企業体" })),
    );
    const start = lines.findIndex((line) => line.startsWith("工事名 "));
    const end = lines.findIndex((line) => line.startsWith("発注者名 "));
    expect(lines.slice(start, end).join("")).toBe(`工事名 ${title}`);
    expect(end - start).toBeLessThanOrEqual(most);
  });

  test("keeps long names and addresses inside the page", async () => {
    const name = "利根川水系広域建設工業特殊土木株式会社".repeat(3);
    const deskAddress = `${"denshi-hosho-no-".repeat(5)}madoguchi@mihon-hosho.example`;
    const guarantor = { ...notice().guarantor, name, address: "東京都千代田区見本町一丁目2番3号".repeat(3) };
    const pdf = await drawNotice(notice({ guarantor, deskAddress, contractorName: name }));
    const page = await (await getDocumentProxy(pdf.slice())).getPage(1);
    const { items } = await page.getTextContent();
    const ends = items.flatMap((item) => ("transform" in item ? item.transform[4] + item.width : []));
    expect(Math.max(...ends)).toBeLessThan(540);
    expect(
      Math.min(...items.flatMap((item) => ("transform" in item ? item.transform[4] : []))),
    ).toBeGreaterThan(50);
    expect((await linesOf(pdf)).join("")).toContain(deskAddress);
  });

  test("refuses a title that no page can hold instead of cutting it", async () => {
    await expect(drawNotice(notice({ worksTitle: "改".repeat(900) }))).rejects.toThrow(RangeError);
  });

  test.each([
    ["a picture", "🏗", "U+1F3D7"],
    ["a line break", "\n", "U+000A"],
    ["half of a character", "\ud842", "U+D842"],
  ])("with %s no font can draw stops and names it", async (_name, character, code) => {
    const drawing = drawNotice(notice({ worksTitle: `町道${character}工事` }));
    await expect(drawing).rejects.toThrow(MissingGlyphError);
    await expect(drawing).rejects.toMatchObject({ character });
    await expect(drawing).rejects.toThrow(code);
    await expect(drawing).rejects.not.toThrow("町道");
  });

  test("prints signs that mean something in XML, and its metadata stay well-formed", async () => {
    const guarantor = { ...notice().guarantor, name: "A&B<見本>保証" };
    const pdf = await drawNotice(notice({ guarantor, contractorName: "A&B<建設>" }));
    expect(await linesOf(pdf)).toContain("受注者名 A&B<建設>");
    expect(await attached(pdf, "notice.json")).toMatchObject({ guarantor: "A&B<見本>保証" });
    const xmp = /<x:xmpmeta[\s\S]*<\/x:xmpmeta>/.exec(Buffer.from(pdf).toString("utf8"))?.[0] ?? "";
    expect(xmp).toContain("保証");
    expect(xmp).not.toContain("&");
    expect(xmp).not.toContain("見本>");
  });

  test("is the same to the byte for the same values, and differs with the key", async () => {
    const [first, again, other] = await Promise.all([
      drawNotice(notice()),
      drawNotice(notice()),
      drawNotice(notice({ key: "HkXSZfRQs9W8" })),
    ]);
    expect(Buffer.from(first).equals(again)).toBe(true);
    expect(Buffer.from(first).equals(other)).toBe(false);
  });
});

describe("a certificate", () => {
  test("prints every value with its label", async () => {
    const lines = await linesOf(await drawCertificate(certificate()));
    expect(lines).toEqual(
      expect.arrayContaining([
        "発行日 令和8年4月20日",
        "保証証書（前払金保証）",
        "保証契約番号 18221-200105",
        "保証契約者 利根建設株式会社",
        "住所 茨城県北相馬郡利根町大字布川841番地",
        "代表者 代表取締役 利根 花子",
        "被保証者 利根町長",
        "保証金額（総額） 金20,000,000円",
        "保証期限 令和9年3月19日",
        "工事名 町道112号線改良工事",
        "工事番号 令和8年度 第12号",
        "請負金額（総額） 金50,000,000円",
        "工期 令和8年4月11日から令和9年3月19日まで",
        "請負契約日 令和8年4月10日",
        "預託金融機関 見本銀行 利根支店",
        "取扱箇所 茨城支店",
        "代表取締役社長 見本 太郎",
      ]),
    );
    expect(lines.join("")).not.toContain("変更 第");
  });

  test("carries every printed value as JSON", async () => {
    const json = await attached(
      await drawCertificate(certificate({ amendmentSerial: 2 })),
      "certificate.json",
    );
    const { ...values } = certificate({ amendmentSerial: 2 });
    expect(json).toEqual({ type: "hosho-desk/certificate", version: 1, ...values });
    expect(embeddedCertificate.parse(json)).toEqual(json);
  });

  test("that was amended says so with its serial under the title", async () => {
    const lines = await linesOf(await drawCertificate(certificate({ amendmentSerial: 2 })));
    expect(lines.indexOf("変更 第2回")).toBe(lines.indexOf("保証証書（前払金保証）") + 1);
  });

  test("of a performance guarantee has no deposit bank and its own terms", async () => {
    const text = (
      await linesOf(await drawCertificate(certificate({ kind: "performance", depositBank: null })))
    ).join("");
    expect(text).toContain("保証証書（契約保証）");
    expect(text).toContain("契約保証約款");
    expect(text).not.toContain("預託金融機関");
  });

  test("with every line filled and a title of 120 characters still is one page", async () => {
    const contractor = { ...certificate().contractor, jointVentureName: "利根・布川特定建設工事共同企業体" };
    const full = certificate({
      contractor,
      fiscalYearYen: 30_000_000,
      worksTitle: "改良".repeat(60),
      amendmentSerial: 1,
    });
    const lines = await linesOf(await drawCertificate(full));
    expect(lines).toContain("今年度対象額 金30,000,000円");
    expect(lines).toContain("共同企業体名 利根・布川特定建設工事共同企業体");
  });

  test("issued shortly before midnight UTC bears the next day, as in Tokyo", async () => {
    const lines = await linesOf(await drawCertificate(certificate({ issuedAt: "2026-04-20T23:30:00.000Z" })));
    expect(lines).toContain("発行日 令和8年4月21日");
  });

  test("is the same to the byte for the same values", async () => {
    const [first, again] = await Promise.all([
      drawCertificate(certificate()),
      drawCertificate(certificate()),
    ]);
    expect(Buffer.from(first).equals(again)).toBe(true);
  });
});
