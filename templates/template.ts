/**
 * The small language of the letters in `ja/mail/*.txt`. First line `Subject: …`, a blank line, then the body.
 *
 * - `{{name}}` puts a value there; a value of several lines stands alone on its line.
 * - `{{#name}}` … `{{/name}}`, each alone on a line: the lines between, once per entry of a list (or once when true).
 */

/** What a letter may say: a value, or entries with values of their own. */
export interface LetterView {
  [name: string]: string | boolean | LetterView[];
}

/** Names that a template must use, each exactly in its place: a value, or a section with names of its own. */
export interface LetterShape {
  [name: string]: "value" | LetterShape;
}

type Part =
  | { part: "line"; text: string; names: string[] }
  | { part: "section"; name: string; parts: Part[] };

export interface LetterTemplateText {
  subject: Part[];
  body: Part[];
}

const PLACEHOLDER = /\{\{([A-Za-z]+)\}\}/g;
const SECTION = /^\{\{([#/])([A-Za-z]+)\}\}$/;

/**
 * Reads a template and holds it against its shape.
 * @throws when a name is unknown, misplaced or not used, or a section does not close: a letter must not leave with a
 *   hole in it.
 */
export function parseLetterTemplate(file: string, source: string, shape: LetterShape): LetterTemplateText {
  const [first = "", blank, ...lines] = source.replace(/\r\n/g, "\n").trimEnd().split("\n");
  if (!first.startsWith("Subject: ") || blank !== "")
    throw new Error(`${file}: the first line must be "Subject: …", the second blank`);
  const template = { subject: [line(first.slice("Subject: ".length))], body: parseParts(file, lines) };
  checkNames(file, [...template.subject, ...template.body], shape);
  return template;
}

function line(text: string): Part {
  return { part: "line", text, names: [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "") };
}

function parseParts(file: string, lines: readonly string[]): Part[] {
  const open: { name: string; parts: Part[] }[] = [{ name: "", parts: [] }];
  for (const text of lines) {
    const section = SECTION.exec(text.trim());
    const innermost = open.at(-1);
    if (innermost === undefined) break;
    if (section === null) innermost.parts.push(line(text));
    else if (section[1] === "#") open.push({ name: section[2] ?? "", parts: [] });
    else {
      open.pop();
      if (innermost.name !== section[2]) throw new Error(`${file}: {{/${section[2]}}} closes nothing`);
      open.at(-1)?.parts.push({ part: "section", name: innermost.name, parts: innermost.parts });
    }
  }
  if (open.length > 1) throw new Error(`${file}: {{#${open.at(-1)?.name}}} is not closed`);
  return open[0]?.parts ?? [];
}

function checkNames(file: string, parts: readonly Part[], shape: LetterShape): void {
  const used = new Set<string>();
  for (const part of parts) {
    if (part.part === "section") {
      const inner = shape[part.name];
      if (inner === undefined || inner === "value")
        throw new Error(`${file}: section {{#${part.name}}} is unknown`);
      used.add(part.name);
      checkNames(file, part.parts, inner);
    } else if (/\{\{|\}\}/.test(part.text.replace(PLACEHOLDER, "")))
      throw new Error(`${file}: bad braces in "${part.text}"`);
    else
      for (const name of part.names) {
        if (shape[name] !== "value") throw new Error(`${file}: {{${name}}} is unknown here`);
        used.add(name);
      }
  }
  for (const name of Object.keys(shape))
    if (!used.has(name)) throw new Error(`${file}: {{${name}}} is not used`);
}

/** Fills a template. @returns a subject of one line and a body with a final line end. */
export function fillLetter(
  template: LetterTemplateText,
  view: LetterView,
): { subject: string; text: string } {
  const subject = fill(template.subject, view).join(" ").replace(/\s+/g, " ").trim();
  // A section that stays empty leaves the blank lines around it.
  const text = fill(template.body, view)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n");
  return { subject, text: `${text.trim()}\n` };
}

function fill(parts: readonly Part[], view: LetterView): string[] {
  return parts.flatMap((part) => {
    if (part.part === "line")
      return [part.text.replace(PLACEHOLDER, (_, name: string) => textOf(view, name))];
    const value = view[part.name];
    const entries = value === true ? [{}] : Array.isArray(value) ? value : [];
    return entries.flatMap((entry) => fill(part.parts, entry));
  });
}

function textOf(view: LetterView, name: string): string {
  const value = view[name];
  if (typeof value !== "string") throw new Error(`no value for {{${name}}}`);
  return value;
}
