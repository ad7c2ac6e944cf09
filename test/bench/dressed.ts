/** Letters as they arrive: with the header of the services they passed and the markup that Outlook writes around a text. */
import { fieldOf, mediaOf, type Part, textOf, textParts, writeMessage } from "../fuzz/message.ts";

const SIGNATURE = "b4Zq0aXyRkW1".repeat(28);
/** What two Exchange organisations and a filter leave on a letter: some 5 KB. */
const TRACE = [
  ...Array.from(
    { length: 6 },
    (_, hop) =>
      `Received: from TY2PR01MB${1000 + hop}.prod.example (2603:1096:404:${hop}::12) by TYCP286MB${hop}.prod.example\r\n (2603:1096:400:1::9) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)\r\n id 15.20.8093.${hop}; Fri, 10 Apr 2026 01:02:0${hop} +0000`,
  ),
  `ARC-Seal: i=1; a=rsa-sha256; s=arcselector10001; d=microsoft.example; cv=none; b=${SIGNATURE}`,
  `ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=microsoft.example; h=From:Date:Subject; b=${SIGNATURE}`,
  `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=kensetsu.example; s=selector1; h=From:Date:Subject; b=${SIGNATURE}`,
  "Authentication-Results: mx.guarantor.example; spf=pass smtp.mailfrom=kensetsu.example; dkim=pass header.d=kensetsu.example",
  ...Array.from(
    { length: 12 },
    (_, n) => `X-MS-Exchange-Organization-Example-${n}: ${"0123456789abcdef-".repeat(4)}`,
  ),
];
const STYLE = `<style><!-- ${"p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0mm; text-align:justify; font-size:10.5pt; font-family:游明朝,serif;}\n".repeat(40)} --></style>`;
const LOGO_BYTES = 12_000;

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const leaf = (type: string, content: Buffer, more: string[] = []): Part => ({
  head: [`Content-Type: ${type}`, "Content-Transfer-Encoding: base64", ...more],
  ...{ parts: [], boundary: null },
  body: `${content.toString("base64").replace(/.{76}(?=.)/g, "$&\r\n")}\r\n`,
});
const several = (kind: string, boundary: string, parts: Part[]): Part => ({
  head: [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
  ...{ body: "", parts, boundary },
});

/** A text as Outlook's markup. */
export const outlookHtml = (text: string): string =>
  `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>${STYLE}</head><body lang=JA><div class=WordSection1>${text
    .split("\n")
    .map(
      (line) =>
        `<p class=MsoNormal><span lang=EN-US style='font-size:10.5pt;font-family:"游ゴシック",sans-serif'>${escaped(line) || "<o:p>&nbsp;</o:p>"}</span></p>\n`,
    )
    .join("")}</div></body></html>`;

/** The letter in that dress; null for one that is more than a plain text. */
export function dressed(tree: Part): Buffer | null {
  const [part] = textParts(tree);
  const text = part === undefined ? null : textOf(part);
  if (part !== tree || text === null || mediaOf(part) !== "text/plain") return null;
  if (/format=/i.test(fieldOf(part, "content-type"))) return null;
  const alternative = several("alternative", "=_alt", [
    leaf("text/plain; charset=utf-8", Buffer.from(text)),
    leaf("text/html; charset=utf-8", Buffer.from(outlookHtml(text))),
  ]);
  const logo = leaf("image/png; name=image001.png", Buffer.alloc(LOGO_BYTES, "\x89PNG\r\n", "latin1"), [
    "Content-ID: <image001.png@01DC>",
    "Content-Disposition: inline; filename=image001.png",
  ]);
  const body = several("related", "=_rel", [alternative, logo]);
  const own = tree.head.filter((field) => !/^content-/i.test(field));
  return writeMessage({ ...body, head: [...TRACE, ...own, ...body.head] });
}
