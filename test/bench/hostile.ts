import { deflateSync } from "node:zlib";
import { plainBody, withFiles } from "./mime.ts";

/** Letters that are built to hurt, or broken as only real ones are. */

/** What is due to a letter: an answer, an answer and a card, a place with staff, both, or nothing but being kept. */
export type Due = "answer" | "case" | "staff" | "answer and staff" | "nothing";

interface Frame {
  n: number;
  from: string;
  /** Header lines without those of the body. */
  head: readonly string[];
  /** A town's question with number and key. */
  text: string;
}

interface Shape {
  name: string;
  due: Due;
  /** Written by a town that may ask: hostile is only what comes beside the question. */
  asTown?: boolean;
  returnPath?: string;
  make(frame: Frame): string[] | Buffer;
}

const NESTED = 300;
const PARTS = 3_000;
const HEADER_LINES = 1_200;
const PAIRS = 501;
const FILES = 22;
const BOMB_BYTES = 300 * 1024 * 1024;
const REPEATED_CHARS = 60_000;

/** In turn: a run of 5,000 letters has each of them some 17 times. */
export const HOSTILE: readonly Shape[] = [
  {
    name: "multipart in multipart, 300 deep",
    due: "staff",
    make: ({ head }) => [
      ...head,
      ...Array.from({ length: NESTED }, (_, at) => [
        `Content-Type: multipart/mixed; boundary=b${at}`,
        "",
        `--b${at}`,
      ]).flat(),
      "",
      "hello",
      "",
    ],
  },
  {
    name: "3,000 parts",
    due: "staff",
    make: ({ head, n }) => [
      ...head,
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...Array.from({ length: PARTS }, () => ["--b", "", `x ${n}`]).flat(),
      "--b--",
      "",
    ],
  },
  {
    name: "a header of a megabyte",
    due: "staff",
    make: ({ head, n }) => [
      ...head,
      ...Array.from({ length: HEADER_LINES }, (_, at) => `X-Long-${at}: ${"x".repeat(900)}`),
      ...plainBody(`hello ${n}`),
    ],
  },
  {
    name: "a question with a PDF that inflates to 300 MB",
    due: "answer",
    asTown: true,
    make: ({ head, text }) => withFiles(head, text, [{ name: "bomb.pdf", content: bomb() }]),
  },
  {
    name: "a question with a broken PDF and a broken sheet",
    due: "answer",
    asTown: true,
    make: ({ head, text, n }) =>
      withFiles(head, text, [
        { name: "broken.pdf", content: Buffer.from(`%PDF-1.7 broken ${n}`) },
        { name: "broken.xlsx", content: Buffer.concat([Buffer.from("PK\u0003\u0004"), rubbish(4_000, n)]) },
      ]),
  },
  {
    name: "a question with 22 attachments",
    due: "answer",
    asTown: true,
    make: ({ head, text }) =>
      withFiles(
        head,
        text,
        Array.from({ length: FILES }, (_, at) => ({ name: `file${at}.csv`, content: Buffer.from("a,b") })),
      ),
  },
  {
    name: "a question before words repeated without end",
    due: "answer",
    asTown: true,
    make: ({ head, text, n }) => {
      const words = ["https://", "URL", "From:", "<a@", "1,", "今回は"][n % 6] ?? "x";
      return [
        ...head,
        ...plainBody(`${text}\n\n${words.repeat(Math.ceil(REPEATED_CHARS / words.length))}\n`),
      ];
    },
  },
  {
    name: "501 pairs from a stranger",
    due: "answer and staff",
    make: ({ head, n }) => [
      ...head,
      ...plainBody(
        Array.from(
          { length: PAIRS },
          (_, at) => `${10_000 + at}-${String(100_000 + n).slice(0, 6)} Z28YUE4J3Bux`,
        ).join("\n"),
      ),
    ],
  },
  {
    name: "bytes in no character set",
    due: "staff",
    make: ({ head, n }) =>
      Buffer.concat([
        Buffer.from([...head, "Content-Type: text/plain; charset=x-no-such", "", ""].join("\r\n")),
        rubbish(20_000, n),
        Buffer.from("\r\n"),
      ]),
  },
  {
    name: "Shift_JIS that says it is UTF-8",
    due: "staff",
    make: ({ head, n }) =>
      Buffer.concat([
        Buffer.from([...head, "Content-Type: text/plain; charset=UTF-8", "", ""].join("\r\n")),
        // "Konnichiwa" in hiragana.
        Buffer.from([0x82, 0xb1, 0x82, 0xf1, 0x82, 0xc9, 0x82, 0xbf, 0x82, 0xcd]),
        Buffer.from(`\r\n${n}\r\n`),
      ]),
  },
  {
    name: "broken MIME: no end, no such boundary, base64 cut off",
    due: "staff",
    make: ({ head, n }) => [
      ...head,
      'Content-Type: multipart/mixed; boundary="=_a',
      "Content-Type: text/html",
      "",
      "--=_b",
      "Content-Transfer-Encoding: base64",
      "",
      `aGVsbG8${n}=`,
      "--=_a",
    ],
  },
  {
    name: "a report of a mail system",
    due: "nothing",
    returnPath: "",
    make: ({ head, n }) => [...head, "Auto-Submitted: auto-replied", ...plainBody(`undelivered ${n}`)],
  },
  {
    name: "HTML with 20,000 open tags",
    due: "staff",
    make: ({ head, n }) => [
      ...head,
      "Content-Type: text/html; charset=UTF-8",
      "",
      ...Array.from({ length: 2_000 }, () => "<table><tr><td><div>".repeat(3)),
      `hello ${n}`,
      "",
    ],
  },
];

/** Bytes of all values, the same for the same `n`. */
function rubbish(length: number, n: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (n * 2_654_435_761) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

let packed: Buffer | null = null;

/** Deflated once: the page is the same in each. */
function bomb(): Buffer {
  packed ??= deflateSync(Buffer.alloc(BOMB_BYTES, 0x20), { level: 9 });
  return Buffer.concat([
    Buffer.from(
      `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n4 0 obj<</Length ${packed.length}/Filter/FlateDecode>>stream\n`,
    ),
    packed,
    Buffer.from("\nendstream endobj\ntrailer<</Root 1 0 R>>\n"),
  ]);
}
