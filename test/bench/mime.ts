import { DESK } from "../journeys/world.ts";

/** Letters as bytes, from parts that are always the same. */

export const idOf = (n: number, from: string): string => `<bench-${n}@${from.split("@")[1]}>`;

/** Header lines up to and without those of the body. */
export function headOf(n: number, from: string, subject: string, returnPath = from): string[] {
  return [
    `Return-Path: <${returnPath}>`,
    `From: ${from}`,
    `To: ${DESK}`,
    `Subject: =?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${idOf(n, from)}`,
    "MIME-Version: 1.0",
  ];
}

/** A text in UTF-8 with its two header lines. */
export function plainBody(text: string): string[] {
  const lines = Buffer.from(text)
    .toString("base64")
    .match(/.{1,76}/g);
  return [
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: base64",
    "",
    ...(lines ?? []),
    "",
  ];
}

/** A text with files, whole from the first line of the header on. */
export function withFiles(
  head: readonly string[],
  text: string,
  files: readonly { name: string; content: Buffer }[],
): string[] {
  const typeOf = (name: string) => (name.endsWith(".pdf") ? "application/pdf" : "application/octet-stream");
  return [
    ...head,
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "--b",
    ...plainBody(text),
    ...files.flatMap(({ name, content }) => [
      "--b",
      `Content-Type: ${typeOf(name)}; name=${name}`,
      `Content-Disposition: attachment; filename=${name}`,
      "Content-Transfer-Encoding: base64",
      "",
      ...(content.toString("base64").match(/.{1,76}/g) ?? []),
    ]),
    "--b--",
    "",
  ];
}
