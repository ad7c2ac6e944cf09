import { describe, expect, it } from "vitest";
import { htmlToText } from "../../mail/letter/html.ts";
import { readEml } from "../../mail/letter/read.ts";
import { letterWith, workbook } from "./foreign-files.ts";

/** A letter of an orderer, as plain text. */
const read = (body: string, subject = "照会") =>
  readEml(
    Buffer.from(
      [
        "From: keiyaku@town.mihon.example",
        "To: hosho@mihon-hosho.example",
        `Subject: ${subject}`,
        "Message-ID: <withdrawn@town.mihon.example>",
        "Date: Mon, 7 Sep 2026 10:00:00 +0900",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        body,
      ].join("\r\n"),
    ),
  );
const halves = async (body: string) =>
  (await read(body)).queries.map(({ number, key }) => [number, key] as const);
const problemsOf = async (body: string, subject?: string) =>
  (await read(body, subject)).problems.map(({ field, code }) => `${field} ${code}`);

describe("text that is struck out", () => {
  it.each([
    ["in <s>", "<s>A</s> B"],
    ["in <strike>", "<strike>A</strike> B"],
    ["in <del>, with elements inside", "<del><b>A</b><br></del> B"],
    ["by its style", '<span style="color:red; text-decoration: underline line-through">A</span> B'],
    ["in an element of the same name inside", "<s>A<s>A</s>A</s> B"],
  ])("%s is withdrawn", (_, html) => {
    expect(htmlToText(html).trim()).toBe("B");
  });

  it("that never ends withdraws nothing", () => {
    expect(htmlToText("<p>A<s>B</p><p>C</p>")).toContain("B");
  });

  it("through a whole row takes the row away, and the heading still holds for the next", () => {
    const row = (...cells: string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
    const table = `<table>${row("X", "Y")}${row("<s>1</s>", "<s>2</s>")}${row("3", "4")}</table>`;
    expect(htmlToText(table)).toBe("X\tY\n3\t4");
  });
});

describe("a cell over several rows", () => {
  it("of an HTML table is marked in the rows that it reaches over", () => {
    const table =
      "<table><tr><td>X</td><td>Y</td><td>Z</td></tr><tr><td rowspan=2>a</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>";
    expect(htmlToText(table)).toBe("X\tY\tZ\na\t1\t2\n〃\t3\t4");
  });

  it("of a workbook holds for each of its rows", async () => {
    const cell = (at: string, text: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const rows = [
      ["工事名", "保証契約番号", "認証キー"],
      ["上岡橋補修工事", "20850-000014", "Mk3Jh6Gf9Ds2"],
      ["", "20850-000022", "Po8Iu5Yt2Re7"],
    ].map(
      (cells, i) =>
        `<row r="${i + 1}">${cells.map((text, n) => (text === "" ? "" : cell(`${"ABC"[n]}${i + 1}`, text))).join("")}</row>`,
    );
    const columns = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>';
    const content = workbook({ sheets: [{ name: "照会", rows: rows.join(""), columns }] });
    const letter = letterWith("照会します。", [{ name: "照会.xlsx", content }], "電子保証の照会");
    const { queries } = await readEml(letter);
    expect(queries.map(({ number, figures }) => [number, figures.worksTitle])).toEqual([
      ["20850-000014", "上岡橋補修工事"],
      ["20850-000022", "上岡橋補修工事"],
    ]);
  });
});

describe("a code that its sender takes back", () => {
  const NUMBER = "保証契約番号 31407-000219";

  it.each([
    ["by 'not A but B'", `${NUMBER}\n認証キーは Tq8mZx4Rb2Wl ではなく Tq8mZx4Rb2W1 です。`],
    ["below", `${NUMBER}\n認証キー Tq8mZx4Rb2Wl\n\n正しくは Tq8mZx4Rb2W1 です。`],
    ["by an arrow", `${NUMBER}\n認証キー Tq8mZx4Rb2Wl → Tq8mZx4Rb2W1`],
    ["in brackets", `${NUMBER}\n認証キー Tq8mZx4Rb2Wl（誤り）Tq8mZx4Rb2W1（正）`],
  ])("%s is not asked about", async (_, body) => {
    expect(await halves(body)).toEqual([["31407-000219", "Tq8mZx4Rb2W1"]]);
  });

  it.each([
    ["one of two", "認証キー Tq8mZx4Rb2Wl または Tq8mZx4Rb2W1"],
    ["wrong in a place that is told", "認証キー Tq8mZx4Rb2Wl\n末尾はエルではなく数字の1でした。"],
    ["of which capitals cannot be told", "認証キー tq8mzx4rb2w1\n大文字か小文字か判別できません。"],
  ])("%s is no key", async (_, body) => {
    expect(await halves(`${NUMBER}\n${body}`)).toEqual([["31407-000219", null]]);
    expect(await problemsOf(`${NUMBER}\n${body}`)).toContain("queries.0.key ambiguous");
  });

  it("leaves an id of something else aside", async () => {
    const body = `[セッション] a1B2c3D4e5F6\n工事番号 20260-000123\n${NUMBER}\n認証キー Wr6tYu8Io0Pa`;
    expect(await halves(body)).toEqual([["31407-000219", "Wr6tYu8Io0Pa"]]);
  });
});

describe("a letter that takes an application back", () => {
  it.each([
    ["A-000123を取り消してください。", "withdrawal"],
    ["A-000123ですが、今回は見送らせてください。", "withdrawal"],
    ["A-000123ですが、議会で否決された場合には取り下げます。", "unrecognised"],
    ["A-000123の取下げは撤回します。予定どおり進めてください。", "unrecognised"],
  ])("%s is %s", async (body, kind) => {
    expect((await read(body, "申込みの件")).kind).toBe(kind);
  });
});
