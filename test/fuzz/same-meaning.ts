/** Changes that cannot change what a letter says: it reads exactly the same before and after. */
import type { Reading } from "../../core/terms.ts";
import {
  type Charset,
  fieldOf,
  mediaOf,
  type Part,
  replacePart,
  type Transfer,
  textOf,
  textParts,
  withField,
  withText,
  writeMessage,
} from "./message.ts";

/** The letter said in another way; null where this one cannot be. */
export type Restatement = (tree: Part) => Buffer | null;

const TRACE = [
  "Received: from mx.example (mx.example [192.0.2.1]) by mail.example with ESMTPS id 4A1B2C; Fri, 10 Apr 2026 10:00:00 +0900",
  "X-Mailer: Example Mail 16.0 (A-000999)",
  "X-Spam-Status: No, score=-1.0 required=5.0",
  "Thread-Index: AQHZ1234567890==",
];
/** A name and a place: nothing with a label, an amount, a date or a number. */
const SIGNATURE = "-- \n見本　太郎\n見本県見本市見本町\n";

const encoded = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
const isPlain = (part: Part): boolean => mediaOf(part) === "text/plain";
const isFlowed = (part: Part): boolean => /format\s*=\s*"?flowed/i.test(fieldOf(part, "content-type"));

/** Every shown text written anew; null when one of them cannot be read or written so. */
function rewritten(
  tree: Part,
  charset: Charset,
  transfer: Transfer,
  change = (text: string) => text,
): Part | null {
  let out: Part | null = tree;
  const parts = textParts(tree);
  if (parts.length === 0) return null;
  for (const part of parts) {
    const text = textOf(part);
    const by: Part | null = text === null ? null : withText(part, change(text), charset, transfer);
    out = out === null || by === null ? null : replacePart(out, part, by);
  }
  return out;
}
const write = (tree: Part | null): Buffer | null => (tree === null ? null : writeMessage(tree));
const in_ =
  (charset: Charset, transfer: Transfer): Restatement =>
  (tree) =>
    write(rewritten(tree, charset, transfer));

/** Only where all text is plain and no line end means something of its own. */
const inPlainText =
  (change: (text: string) => string): Restatement =>
  (tree) => {
    const plain = textParts(tree).every((part) => isPlain(part) && !isFlowed(part));
    return plain ? write(rewritten(tree, "utf-8", "base64", change)) : null;
  };

function wrapped(tree: Part, kind: string, boundary: string): Part {
  const isOfBody = (field: string) => /^content-/i.test(field);
  const inner = { ...tree, head: tree.head.filter(isOfBody) };
  const head = tree.head.filter((field) => !isOfBody(field));
  return {
    head: [...head, `Content-Type: multipart/${kind}; boundary="${boundary}"`],
    ...{ body: "", parts: [inner], boundary },
  };
}

/** The subject's words, where they are ours to encode anew. */
function subjectOf(tree: Part): string | null {
  const words = [...fieldOf(tree, "subject").matchAll(/=\?utf-8\?b\?([^?]+)\?=/gi)];
  const bare = fieldOf(tree, "subject").replace(/=\?utf-8\?b\?([^?]+)\?=/gi, "");
  if (words.length === 0 || bare.trim() !== "") return null;
  return Buffer.concat(words.map((word) => Buffer.from(word[1] ?? "", "base64"))).toString();
}
const withSubject =
  (say: (subject: string) => string): Restatement =>
  (tree) => {
    const subject = subjectOf(tree);
    return subject === null ? null : writeMessage(withField(tree, "Subject", say(subject)));
  };

export const restatements: Readonly<Record<string, Restatement>> = {
  "taken apart and put together": writeMessage,
  "lines ended by LF": (tree) =>
    Buffer.from(writeMessage(tree).toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
  "UTF-8 in base64": in_("utf-8", "base64"),
  "UTF-8 in quoted-printable": in_("utf-8", "quoted-printable"),
  "UTF-8 in 8 bits": in_("utf-8", "8bit"),
  "ISO-2022-JP": in_("iso-2022-jp", "8bit"),
  "Shift_JIS in base64": in_("shift_jis", "base64"),
  "EUC-JP in 8 bits": in_("euc-jp", "8bit"),
  "header names in capitals": (tree) =>
    writeMessage({
      ...tree,
      head: tree.head.map((field) => field.replace(/^[^:]+/, (name) => name.toUpperCase())),
    }),
  "header in another order": (tree) => writeMessage({ ...tree, head: tree.head.toReversed() }),
  "more trace fields": (tree) => writeMessage({ ...tree, head: [...TRACE, ...tree.head] }),
  "alone in a multipart/mixed": (tree) => writeMessage(wrapped(tree, "mixed", "=_one")),
  "alone in a multipart/alternative": (tree) => writeMessage(wrapped(tree, "alternative", "=_one")),
  "deep in multiparts": (tree) =>
    writeMessage(wrapped(wrapped(wrapped(tree, "alternative", "=_1"), "related", "=_2"), "mixed", "=_3")),
  "spaces at the ends of lines": inPlainText((text) => text.replaceAll("\n", "  \n")),
  "empty lines around": inPlainText((text) => `\n\n${text}\n\n\n`),
  "a signature below": (tree) =>
    textParts(tree).some((part) => /^(?:-- ?|[_=-]{3,}.*)$/m.test(textOf(part) ?? ""))
      ? null
      : inPlainText((text) => `${text.trimEnd()}\n\n${SIGNATURE}`)(tree),
  "subject in two encoded words": withSubject((subject) => {
    const letters = [...subject];
    const half = Math.ceil(letters.length / 2);
    return `${encoded(letters.slice(0, half).join(""))}\r\n ${encoded(letters.slice(half).join(""))}`;
  }),
  "subject in raw UTF-8": withSubject((subject) => subject),
};

/** What two readings are compared by (contract section 3): everything but the sentences of problems, which are a set. */
function essence(reading: Reading): unknown {
  const problems = reading.problems.map(({ field, code }) => `${field} ${code}`);
  return { ...reading, problems: [...new Set(problems)].sort() };
}

/** The lines in which two readings differ: `-` the first's, `+` the second's. */
export function deviations(before: Reading, after: Reading): string[] {
  const [a, b] = [before, after].map((reading) => JSON.stringify(essence(reading), null, 1).split("\n"));
  const only = (these: string[], others: string[], sign: string) =>
    these.filter((line) => !others.includes(line)).map((line) => sign + line.trim());
  return [...only(a ?? [], b ?? [], "-"), ...only(b ?? [], a ?? [], "+")];
}
