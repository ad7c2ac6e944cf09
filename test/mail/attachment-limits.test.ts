import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openAttachment, openingTime } from "../../mail/letter/attachments/open.ts";
import { ATTACHMENT_OPEN_MS } from "../../mail/limits.ts";
import { pdf, workbook, workbookFiles } from "./foreign-files.ts";

const fileOf = (filename: string, content: Uint8Array) => ({
  filename,
  contentType: "application/octet-stream",
  inline: false,
  content,
});
const cell = (address: string) => `<c r="${address}"><v>1</v></c>`;
const sheetOf = (rows: string) => workbook({ sheets: [{ name: "a", rows }] });

/** The archive with one file deflated, as real writers do, so that a few kilobytes hold megabytes. */
function deflated(files: Map<string, Buffer>, name: string): Buffer {
  const content = files.get(name) ?? Buffer.alloc(0);
  const packed = deflateRawSync(content, { level: 9 });
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, data] of files) {
    const isPacked = path === name;
    const body = isPacked ? packed : data;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(isPacked ? 8 : 0, 8);
    local.writeUInt16LE(Buffer.byteLength(path), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(isPacked ? 8 : 0, 10);
    entry.writeUInt32LE(body.length, 20);
    // The size it states is a lie: whoever believes it is caught out.
    entry.writeUInt32LE(100, 24);
    entry.writeUInt16LE(Buffer.byteLength(path), 28);
    entry.writeUInt32LE(offset, 42);
    chunks.push(local, Buffer.from(path), body);
    directory.push(entry, Buffer.from(path));
    offset += 30 + Buffer.byteLength(path) + body.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...chunks, list, end]);
}

const STRINGS = "xl/sharedStrings.xml";
const hugeStrings = (): Buffer => {
  const files = workbookFiles({ sheets: [{ name: "a", rows: cell("A1") }] });
  files.set(STRINGS, Buffer.alloc(400 * 1024 * 1024, "<si><t>x</t></si>"));
  return deflated(files, STRINGS);
};
const millions = (): Buffer => {
  const name = "xl/worksheets/sheet1.xml";
  const files = workbookFiles({ sheets: [{ name: "a", rows: "ROWS" }] });
  const [before = "", behind = ""] = String(files.get(name)).split("ROWS");
  const cells = Buffer.alloc(15 * 1024 * 1024, "<c><v>1</v></c>");
  files.set(name, Buffer.concat([Buffer.from(`${before}<row>`), cells, Buffer.from(`</row>${behind}`)]));
  return deflated(files, name);
};

/** Each: what it is, its bytes, and why it is not read. */
const HOSTILE: [string, () => Buffer | Promise<Buffer>, string][] = [
  ["a workbook whose texts unpack to 400 MB", hugeStrings, "too_large"],
  ["a workbook of a million cells", millions, "too_large"],
  [
    "a workbook with a cell in the last corner",
    () => sheetOf(`<row r="1">${cell("A1")}</row><row r="1048576">${cell("XFD1048576")}</row>`),
    "too_large",
  ],
  [
    "a workbook of more sheets than anybody fills in",
    () => workbook({ sheets: Array.from({ length: 61 }, (_, i) => ({ name: `s${i}`, rows: "" })) }),
    "too_large",
  ],
  [
    "a workbook of more lines than are read",
    () =>
      sheetOf(
        Array.from({ length: 10_001 }, (_, i) => `<row r="${i + 1}">${cell(`A${i + 1}`)}</row>`).join(""),
      ),
    "too_large",
  ],
  ["a workbook whose cells never end", () => sheetOf("<row><c r='A1'>".repeat(60_000)), "too_slow"],
  [
    "an archive whose directory points nowhere",
    () =>
      Buffer.concat([
        Buffer.from("PK\x03\x04"),
        Buffer.from("xl/workbook.xml"),
        Buffer.from("PK\x05\x06"),
        Buffer.alloc(18, 0xff),
      ]),
    "broken",
  ],
  ["a PDF of deeply nested arrays", () => Buffer.from(`%PDF-1.4\n1 0 obj${"[".repeat(500_000)}`), "broken"],
];

describe("a file made to take all there is", () => {
  it.each(HOSTILE)(
    "(%s) is given up in time and by name",
    async (_, make, reason) => {
      const content = await make();
      const start = performance.now();
      const opened = await openAttachment(
        fileOf(content.includes("%PDF") ? "a.pdf" : "a.xlsx", content),
        openingTime(),
      );
      expect(opened).toMatchObject({ format: "none", text: "", unread: reason });
      expect(performance.now() - start).toBeLessThan(ATTACHMENT_OPEN_MS + 1_000);
    },
    30_000,
  );

  it("leaves the next file readable", async () => {
    const next = await pdf((page) => page.text("発注者名：利根町長 請負金額：50,000,000円"));
    expect(await openAttachment(fileOf("a.pdf", next), openingTime())).toMatchObject({ format: "text" });
  });

  it("with colour alone in far cells is an honest workbook", async () => {
    const rows = `<row r="1">${cell("A1")}</row><row r="1048576"><c r="XFD1048576" s="0"/></row>`;
    expect(await openAttachment(fileOf("a.xlsx", sheetOf(rows)), openingTime())).toMatchObject({ text: "1" });
  });
});
