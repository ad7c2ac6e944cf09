/** The guarantee certificate (保証証書), as the orderer and the contractor see it. */

import { dayInTokyo, formatJapaneseDay } from "../../core/dates.ts";
import { CERTIFICATE_ATTACHMENT, type CertificateData, certificateJson } from "../../core/documents.ts";
import { formatYen } from "../../core/money.ts";
import type { Yen } from "../../core/terms.ts";
import { PAGE, Page, type Style } from "./page.ts";
import { drawTable, placeRows, type Row } from "./table.ts";
import { wording } from "./wording.ts";

const BODY: Style = { typeface: "mincho", size: 11 };
const SMALL: Style = { typeface: "mincho", size: 9 };
const WIDTH = PAGE.right - PAGE.left;

const words = wording.certificate;
const labels = Object.values(words.labels);

/** Draws the certificate, one A4 page, unsigned. @throws MissingGlyphError, RangeError when a value is too long */
export async function drawCertificate(certificate: CertificateData): Promise<Uint8Array> {
  const title = words.title({ product: wording.products[certificate.kind] });
  const page = new Page(title, certificate.guarantor.name, certificate.issuedAt);
  page.frame(PAGE.left - 27, 44, WIDTH + 54, PAGE.height - 88, 1.4);
  page.frame(PAGE.left - 23, 48, WIDTH + 46, PAGE.height - 96, 0.4);
  page.textRight(`${words.issuedOn}　${formatJapaneseDay(dayInTokyo(certificate.issuedAt))}`, 80, BODY);
  page.textCentred(title, 124, { typeface: "minchoBold", size: 22, spacing: 1.6 });
  if (certificate.amendmentSerial > 0) {
    const serial = String(certificate.amendmentSerial);
    page.textCentred(words.amended({ serial }), 147, { typeface: "gothicBold", size: 12 });
  }
  const table = placeRows(rows(certificate));
  if (table.height > 425) throw new RangeError("the values are too long for a certificate of one page");
  const bottom = drawTable(page, table.rows, labels, 164);
  drawDeclaration(page, certificate, bottom + 24);
  drawNotes(page);
  page.attach(CERTIFICATE_ATTACHMENT, certificateJson(certificate));
  return page.finish();
}

function rows(certificate: CertificateData): Row[] {
  const { contractor } = certificate;
  const name = words.labels;
  const all: [label: string, value: string | null, strong?: boolean][] = [
    [name.number, certificate.number, true],
    [name.contractor, contractor.name],
    [name.jointVentureName, contractor.jointVentureName],
    [name.address, contractor.address],
    [name.representative, contractor.representative],
    [name.ordererName, certificate.ordererName],
    [name.guaranteedYen, amount(certificate.guaranteedYen), true],
    [name.guaranteeUntil, formatJapaneseDay(certificate.guaranteeUntil)],
    [name.worksTitle, certificate.worksTitle],
    [name.worksNumber, certificate.worksNumber],
    [name.contractPriceYen, amount(certificate.contractPriceYen)],
    [name.fiscalYearYen, certificate.fiscalYearYen === null ? null : amount(certificate.fiscalYearYen)],
    [
      name.period,
      words.period({
        from: formatJapaneseDay(certificate.worksFrom),
        until: formatJapaneseDay(certificate.worksUntil),
      }),
    ],
    [name.contractDate, formatJapaneseDay(certificate.contractDate)],
    [name.depositBank, certificate.depositBank],
  ];
  const present = all.filter(([, value]) => value !== null);
  const height = Math.min(28, 390 / present.length);
  return present.map(([label, value, strong]) => ({
    label,
    value: value ?? "",
    height,
    ...(strong ? { typeface: "gothicBold" as const, size: 13 } : {}),
  }));
}

function amount(yen: Yen): string {
  return words.amount({ yen: formatYen(yen) });
}

/** The promise and who gives it; the place right of the names stays free for the signature's mark. */
function drawDeclaration(page: Page, certificate: CertificateData, top: number): void {
  const { guarantor, kind, handlingBranch } = certificate;
  const text = words.declaration({ product: wording.products[kind], terms: words.terms[kind] });
  const below = page.paragraph(text, PAGE.left, top, WIDTH, 19, BODY, BODY.size);
  const left = PAGE.left + 150;
  const room = PAGE.right - left;
  page.textWithin(guarantor.address, left, below + 14, room, { ...BODY, size: 10 });
  page.textWithin(guarantor.name, left, below + 34, room, { ...BODY, size: 13 });
  page.textWithin(guarantor.representative, left, below + 53, room, { ...BODY, size: 12 });
  const branch = handlingBranch ?? guarantor.branch;
  if (branch) page.text(`${words.handlingBranch}　${branch}`, left, below + 73, { ...BODY, size: 10 });
}

function drawNotes(page: Page): void {
  page.rule(PAGE.left, 738, PAGE.right, 738, 0.4);
  let y = 753;
  for (const note of words.notes) y = page.paragraph(note, PAGE.left, y, WIDTH, 13.5, SMALL);
}
