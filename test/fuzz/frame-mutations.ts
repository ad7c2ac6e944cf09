/** Changes to how a letter is packed: headers, character sets, parts, markup. */
import type { Chance } from "../crash/chance.ts";
import { markup } from "./markup.ts";
import {
  type Charset,
  fieldOf,
  type Part,
  replacePart,
  type Transfer,
  textOf,
  textParts,
  withField,
  withText,
  writeMessage,
} from "./message.ts";
import { lines, seeds, words } from "./seeds.ts";

type FrameMutation = (tree: Part, chance: Chance) => Part;

const CHARSETS = [
  ..."utf-8 us-ascii iso-2022-jp shift_jis sjis-win cswindows31j cp50221 euc-jp eucjp-ms iso-8859-1".split(
    " ",
  ),
  ..."windows-1252 utf-16le utf-7 hz-gb-2312 gb18030 big5 koi8-r x-unknown binary".split(" "),
  '"utf-8',
  "",
];
const TRANSFERS = [
  "7bit",
  "8bit",
  "binary",
  "base64",
  "quoted-printable",
  "x-uuencode",
  "BASE64 ",
  "none",
  "",
];
const MEDIA = [
  "text/plain",
  "text/html",
  "text/calendar",
  "message/rfc822",
  "application/octet-stream",
  "multipart/mixed",
];

const oneOf = (tree: Part, chance: Chance): Part => {
  const all = textParts(tree);
  return all.length === 0 ? tree : chance.pick(all);
};
const leaf = (type: string, body: string, more: string[] = []): Part => ({
  ...{
    head: [`Content-Type: ${type}`, "Content-Transfer-Encoding: base64", ...more],
    parts: [],
    boundary: null,
  },
  body: `${Buffer.from(body).toString("base64").replace(/.{76}/g, "$&\r\n")}\r\n`,
});
const isOfBody = (field: string): boolean => /^content-/i.test(field);
/** The letter as a multipart that holds what it was and more. */
function around(tree: Part, kind: string, boundary: string, more: Part[]): Part {
  const inner = { ...tree, head: tree.head.filter(isOfBody) };
  const head = [
    ...tree.head.filter((field) => !isOfBody(field)),
    `Content-Type: multipart/${kind}; boundary="${boundary}"`,
  ];
  return { head, body: "", parts: [inner, ...more], boundary };
}
export const frameMutations: Readonly<Record<string, FrameMutation>> = {
  "another charset's label": (tree, chance) => {
    const part = oneOf(tree, chance);
    const type = fieldOf(part, "content-type").replace(/;\s*charset\s*=\s*[^;\s]+/i, "") || "text/plain";
    return replacePart(
      tree,
      part,
      withField(part, "content-type", `${type}; charset=${chance.pick(CHARSETS)}`),
    );
  },
  "another charset": (tree, chance) => {
    const part = oneOf(tree, chance);
    const charset = chance.pick<Charset>(["iso-2022-jp", "shift_jis", "euc-jp", "utf-8"]);
    const transfer = chance.pick<Transfer>(["8bit", "base64", "quoted-printable"]);
    return replacePart(tree, part, withText(part, textOf(part) ?? "", charset, transfer) ?? part);
  },
  "another transfer encoding's label": (tree, chance) => {
    const part = oneOf(tree, chance);
    return replacePart(tree, part, withField(part, "content-transfer-encoding", chance.pick(TRANSFERS)));
  },
  "another media type": (tree, chance) => {
    const part = oneOf(tree, chance);
    return replacePart(tree, part, withField(part, "content-type", chance.pick(MEDIA)));
  },
  "headers cut, doubled, shuffled": (tree, chance) => {
    const head = tree.head.flatMap((field) =>
      chance.happens(0.15) ? [] : chance.happens(0.15) ? [field, field] : [field],
    );
    return { ...tree, head: chance.happens(0.3) ? chance.shuffled(head) : head };
  },
  "headers damaged": (tree, chance) => ({
    ...tree,
    head: tree.head.map((field) => {
      if (!chance.happens(0.3)) return field;
      const at = chance.below(field.length + 1);
      const what = chance.pick([
        ":",
        "\0",
        "\r\n",
        "\r\n ",
        "\xff\xfe",
        "=?UTF-8?B?",
        "?=",
        "\x1b$B",
        "<",
        '"',
        "(",
      ]);
      return field.slice(0, at) + what + field.slice(at + chance.below(3));
    }),
  }),
  "headers without end": (tree, chance) => {
    const name = chance.pick(["X-Long", "Received", "From", "Subject", "References", "Content-Type", "To"]);
    const piece = chance.pick([
      "x",
      "<a@b.example> ",
      "=?utf-8?B?44GC?= ",
      "\r\n ",
      "(",
      "a@b.example,",
      ";a=b",
    ]);
    const value = piece.repeat(1 + chance.below(chance.pick([10, 300, 20_000])));
    const times = chance.pick([1, 1, 1, 100]);
    return {
      ...tree,
      head: [
        ...tree.head,
        ...Array.from({ length: times }, () => `${name}: ${value.slice(0, 300_000 / times)}`),
      ],
    };
  },
  "another subject": (tree, chance) => {
    const subject = chance.pick([
      chance.pick(words),
      chance.pick(lines),
      "Re: ".repeat(chance.below(3000)),
      "A-000123 A-000124",
      "",
    ]);
    const encoded = chance.pick([subject, `=?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`]);
    return withField(tree, "subject", encoded);
  },
  "another sender": (tree, chance) =>
    withField(
      tree,
      "from",
      chance.pick([
        "",
        "@",
        "a@b",
        "a@b.example, c@d.example",
        "<>",
        "x <x@Y.example> (c)",
        "a".repeat(5000),
        "=?utf-8?B?YUBi?= <a@b.example>",
      ]),
    ),
  "multipart in multipart": (tree, chance) => {
    let out = tree;
    for (let n = 1 + chance.below(chance.pick([3, 30, 300])); n > 0; n--)
      out = around(out, chance.pick(["mixed", "alternative", "related"]), `b${n}`, []);
    return out;
  },
  "many parts": (tree, chance) =>
    around(
      tree,
      "mixed",
      "many",
      Array.from({ length: 1 + chance.below(chance.pick([5, 700])) }, () =>
        leaf("text/plain; charset=utf-8", chance.pick(lines)),
      ),
    ),
  "the same boundary twice": (tree, chance) => {
    const inner = around(tree, "mixed", "same", [leaf("text/plain", chance.pick(lines))]);
    return around(inner, "mixed", "same", [leaf("text/html", chance.pick(lines))]);
  },
  "another letter beside it": (tree, chance) =>
    around(tree, chance.pick(["alternative", "mixed"]), "beside", [
      leaf(`text/${chance.pick(["plain", "html", "html"])}; charset=utf-8`, chance.pick(seeds).text),
    ]),
  "as HTML": (tree, chance) => {
    const part = oneOf(tree, chance);
    const html = withField(part, "content-type", "text/html");
    return replacePart(
      tree,
      part,
      withText(html, markup(textOf(part) ?? "", chance), "utf-8", "base64") ?? part,
    );
  },
  "with a file": (tree, chance) => {
    const name = chance.pick([
      "a.csv",
      "a.txt",
      "a.tsv",
      "a.ics",
      "winmail.dat",
      "a.png",
      "",
      "a\u202etxt.exe",
    ]);
    const more = [`Content-Disposition: attachment; filename="${Buffer.from(name).toString("latin1")}"`];
    const text = chance.pick(seeds).text;
    const content = name.endsWith("csv") ? text.replace(/[：\t]/g, ",").replace(/、/g, '"') : text;
    return around(
      tree,
      "mixed",
      "file",
      Array.from({ length: chance.pick([1, 1, 2, 25]) }, () =>
        leaf("application/octet-stream", content, more),
      ),
    );
  },
  "with a letter inside": (tree, chance) => {
    let inner = chance.pick(seeds.filter(({ heavy }) => !heavy)).tree;
    for (let n = chance.below(chance.pick([2, 8])); n > 0; n--)
      inner = around(chance.pick(seeds.filter(({ heavy }) => !heavy)).tree, "mixed", `in${n}`, [
        carried(inner),
      ]);
    return around(tree, "mixed", "out", [carried(inner)]);
  },
};

const carried = (inner: Part): Part => ({
  ...{ head: ["Content-Type: message/rfc822"], parts: [], boundary: null },
  body: writeMessage(inner).toString("latin1"),
});
