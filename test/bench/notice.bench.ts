/** How long a notice takes, beside pdfkit used in the plain way: font files opened for every document, lines broken by pdfkit. */
import { createRequire } from "node:module";
import PDFDocument from "pdfkit";
import qrcode from "qrcode";
import { formatJapaneseDay } from "../../core/dates.ts";
import { NOTICE_ATTACHMENT, type NoticeData, noticeJson } from "../../core/documents.ts";
import { drawNotice } from "../../templates/documents/documents.ts";
import { queryLink } from "../../templates/documents/query-link.ts";
import { wording } from "../../templates/documents/wording.ts";
import { notice } from "../templates/samples.ts";
import { type BenchRow, median } from "./rows.ts";

const OURS = 300;
const NAIVE = 60;
const WARM_UP = 20;

const require = createRequire(import.meta.url);
const file = (path: string) => require.resolve(`@expo-google-fonts/${path}`);
const MINCHO = file("biz-udmincho/400Regular/BIZUDMincho_400Regular.ttf");
const MINCHO_BOLD = file("biz-udmincho/700Bold/BIZUDMincho_700Bold.ttf");
const GOTHIC = file("biz-udgothic/400Regular/BIZUDGothic_400Regular.ttf");
const GOTHIC_BOLD = file("biz-udgothic/700Bold/BIZUDGothic_700Bold.ttf");

/** Both kinds take turns in batches, so that whatever else the machine does falls on both. */
export async function run(): Promise<BenchRow[]> {
  const batches = 6;
  await batch(drawNotice, WARM_UP);
  await batch(drawNaively, WARM_UP / 4);
  const [ours, naive]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < batches; turn++) {
    ours.push(...(await batch(drawNotice, OURS / batches)));
    naive.push(...(await batch(drawNaively, NAIVE / batches)));
  }
  const [p50, floor] = [median(ours), median(naive)];
  const note = `p50 of ${OURS} and of ${NAIVE} documents in ${batches} turns, one thread; floor: pdfkit, fonts opened per document`;
  return [{ name: "notice PDF", unit: "ms", ours: p50, floor, ratio: floor / p50, note }];
}

async function batch(draw: (notice: NoticeData) => Promise<Uint8Array>, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const sheet = notice({ number: `18221-${200_000 + index}` });
    const start = performance.now();
    await draw(sheet);
    times.push(performance.now() - start);
  }
  return times;
}

/** The same sheet as a first attempt would draw it: same words, fonts, table, QR code, link and attachment. */
async function drawNaively(sheet: NoticeData): Promise<Uint8Array> {
  const { notice: words, products } = wording;
  const doc = new PDFDocument({ size: "A4", margin: 71, info: { Title: words.title } });
  doc.font(MINCHO).fontSize(11).text(formatJapaneseDay(sheet.issuedOn), { align: "right" });
  doc.fontSize(13).text(`${sheet.contractorName}　御中`).fontSize(12);
  doc.text(sheet.guarantor.name, { align: "right" }).text(sheet.guarantor.branch ?? "", { align: "right" });
  doc.font(MINCHO_BOLD).fontSize(18).text(words.title, 71, 200, { align: "center" });
  doc.font(MINCHO).fontSize(10.5).text(words.greeting, 71, 240, { indent: 10.5, lineGap: 7 });
  const [submit, effect, secret] = words.steps;
  for (const step of [submit, effect({ purpose: words.purpose[sheet.kind] }), secret]) {
    doc.text(`・${step}`, { lineGap: 7 });
  }
  doc.text(words.heading, { align: "center" });
  drawRows(doc, [
    [words.labels.worksTitle, sheet.worksTitle],
    [words.labels.ordererName, sheet.ordererName],
    [words.labels.contractorName, sheet.contractorName],
    [words.labels.product, products[sheet.kind]],
    [words.labels.number, sheet.number],
    [words.labels.key, sheet.key],
  ]);
  doc.font(GOTHIC_BOLD).fontSize(10.5).text(words.orderer.heading, 83, 660);
  doc.font(MINCHO).fontSize(9.5).text(words.orderer.text, { width: 325 });
  const link = queryLink(sheet);
  doc.font(GOTHIC).text(`${words.orderer.address} ${sheet.deskAddress}`).text(words.orderer.link, { link });
  const { modules } = qrcode.create(link, { errorCorrectionLevel: "M" });
  for (let y = 0; y < modules.size; y++) {
    for (let x = 0; x < modules.size; x++) {
      if (modules.get(y, x)) doc.rect(420 + x * 1.5, 660 + y * 1.5, 1.5, 1.5);
    }
  }
  doc.fill("#000000");
  doc.fontSize(8.5).text(words.footer({ guarantor: sheet.guarantor.name }), 71, 755);
  doc.file(Buffer.from(JSON.stringify(noticeJson(sheet))), {
    name: NOTICE_ATTACHMENT,
    type: "application/json",
  });
  doc.end();
  const chunks: Buffer[] = [];
  for await (const chunk of doc) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

function drawRows(doc: PDFKit.PDFDocument, rows: [string, string][]): void {
  for (const [index, [label, value]] of rows.entries()) {
    const y = 430 + index * 30;
    doc.rect(71, y, 130, 30).stroke().rect(201, y, 323, 30).stroke();
    doc
      .font(GOTHIC)
      .fontSize(10.5)
      .text(label, 85, y + 9, { lineBreak: false });
    const strong = index >= 4;
    doc.font(strong ? GOTHIC_BOLD : MINCHO).fontSize(strong ? 16 : 11.5);
    doc.text(value, 213, y + 8, { lineBreak: false });
  }
}
