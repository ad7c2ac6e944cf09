/** The sheet 認証キーのお知らせ: what the contractor hands to the orderer. */
import { formatJapaneseDay } from "../../core/dates.ts";
import { NOTICE_ATTACHMENT, type NoticeData, noticeJson } from "../../core/documents.ts";
import { breakLines, type Line } from "./lines.ts";
import { PAGE, Page, type Style } from "./page.ts";
import { qrCode } from "./qr.ts";
import { queryLink } from "./query-link.ts";
import { drawTable, placeRows, type Row } from "./table.ts";
import { wording } from "./wording.ts";

const BODY: Style = { typeface: "mincho", size: 10.5 };
const LEADING = 17.5;
/** Two characters. */
const STEP = 21;
const WIDTH = PAGE.right - PAGE.left;
const BOX = { height: 112, inset: 12, qr: 92 } as const;
const FOOT = 792;

const words = wording.notice;
const labels = Object.values(words.labels);

/** Draws the notice, one A4 page. @throws MissingGlyphError, RangeError when the values are too long for a page */
export async function drawNotice(notice: NoticeData): Promise<Uint8Array> {
  const page = new Page(words.title, notice.guarantor.name, `${notice.issuedOn}T00:00:00+09:00`);
  const paragraphs = setText(notice);
  const table = placeRows(rows(notice));
  const text = paragraphs.reduce((sum, { lines }) => sum + lines.length, 0) * LEADING;
  // What is left over goes between the parts, a share to each.
  const spare = FOOT - 10 - BOX.height - 26 - table.height - 20 - text - 206;
  if (spare < 0) throw new RangeError("the values are too long for a notice of one page");
  const air = Math.min(spare, 130);
  drawHead(page, notice, air);
  const below = drawText(page, paragraphs, 206 + air * 0.65);
  page.textCentred(words.heading, below + air * 0.1, { ...BODY, size: 12 });
  const bottom = drawTable(page, table.rows, labels, below + 13 + air * 0.1);
  page.textRight(words.end, bottom + 17, BODY);
  drawOrdererBox(page, notice, bottom + 26 + air * 0.1);
  drawFoot(page, notice);
  page.attach(NOTICE_ATTACHMENT, noticeJson(notice));
  return page.finish();
}

function drawHead(page: Page, notice: NoticeData, air: number): void {
  const { name, branch } = notice.guarantor;
  page.textRight(formatJapaneseDay(notice.issuedOn), 64, { ...BODY, size: 11 });
  page.textWithin(words.salutation({ name: notice.contractorName }), PAGE.left, 90 + air * 0.1, WIDTH, {
    ...BODY,
    size: 13,
  });
  page.textRight(name, 118 + air * 0.2, { ...BODY, size: 12 });
  if (branch) page.textRight(branch, 135 + air * 0.2, { ...BODY, size: 11 });
  page.textCentred(words.title, 174 + air * 0.45, { typeface: "minchoBold", size: 18, spacing: 1.2 });
}

interface Paragraph {
  mark: string;
  lines: Line[];
}

function setText(notice: NoticeData): Paragraph[] {
  const [submit, effect, secret] = words.steps;
  const steps = [submit, effect({ purpose: words.purpose[notice.kind] }), secret];
  return [
    { mark: "", lines: breakLines(words.greeting, "mincho", BODY.size, WIDTH, BODY.size) },
    ...steps.map((step, index) => ({
      mark: "１２３".charAt(index),
      lines: breakLines(step, "mincho", BODY.size, WIDTH - STEP),
    })),
  ];
}

/** The greeting's first line is indented by one character, the steps hang on their numbers. */
function drawText(page: Page, paragraphs: readonly Paragraph[], top: number): number {
  let y = top;
  for (const { mark, lines } of paragraphs) {
    page.text(mark, PAGE.left, y, { ...BODY, typeface: "gothic" });
    for (const [index, line] of lines.entries()) {
      page.line(line, PAGE.left + (mark ? STEP : index === 0 ? BODY.size : 0), y, BODY);
      y += LEADING;
    }
  }
  return y;
}

function rows(notice: NoticeData): Row[] {
  const venture = notice.jointVentureName;
  return [
    { label: words.labels.worksTitle, value: notice.worksTitle },
    { label: words.labels.ordererName, value: notice.ordererName },
    { label: words.labels.contractorName, value: notice.contractorName },
    ...(venture ? [{ label: words.labels.jointVentureName, value: venture }] : []),
    { label: words.labels.product, value: wording.products[notice.kind] },
    { label: words.labels.number, value: notice.number, typeface: "gothicBold", size: 14 },
    { label: words.labels.key, value: notice.key, typeface: "gothicBold", size: 16, height: 42 },
  ];
}

function drawOrdererBox(page: Page, notice: NoticeData, top: number): void {
  const { heading, text, address, link } = words.orderer;
  const left = PAGE.left + BOX.inset;
  const url = queryLink(notice);
  const qrLeft = PAGE.right - BOX.inset - BOX.qr;
  const width = qrLeft - left - 16;
  page.frame(PAGE.left, top, WIDTH, BOX.height, 0.7);
  page.text(heading, left - 5, top + 19, { typeface: "gothicBold", size: 10.5 });
  const y = page.paragraph(text, left, top + 36, width, 14.5, { typeface: "mincho", size: 9.5 });
  const small: Style = { typeface: "gothic", size: 9.5 };
  const end = page.textWithin(`${address}　${notice.deskAddress}　`, left, y + 3, width - 100, small);
  const linkEnd = page.text(link, end, y + 3, { ...small, color: "#0b4f9e" });
  page.rule(end, y + 5, linkEnd, y + 5, 0.5, "#0b4f9e");
  page.link(end, y - 7, linkEnd - end, 14, url);
  page.qr(qrCode(url), qrLeft, top + (BOX.height - BOX.qr) / 2, BOX.qr);
  page.link(qrLeft, top + (BOX.height - BOX.qr) / 2, BOX.qr, BOX.qr, url);
}

function drawFoot(page: Page, notice: NoticeData): void {
  const { name, address, branch } = notice.guarantor;
  const small: Style = { typeface: "gothic", size: 8.5 };
  page.rule(PAGE.left, FOOT, PAGE.right, FOOT, 0.5);
  const issuer = words.footer({ guarantor: branch ? `${name}　${branch}` : name });
  const end = page.textWithin(issuer, PAGE.left, FOOT + 13, WIDTH * 0.5, small);
  page.textRight(address, FOOT + 13, small, PAGE.right, PAGE.right - end - 12);
}
