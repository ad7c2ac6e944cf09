/**
 * What a spreadsheet shows of a number (ECMA-376 part 1 §18.8.31): 0.4 as 40%, 20000 with its unit of thousands,
 * 12345678901 as 12345-678901, a day as a day. The sender read what was shown, not what was stored: a day shown without
 * its year is no more than that, because the year is the one in which somebody typed it.
 */

const SHOWS_ERA = "e.m.d";
const SHOWS_DAY = "yyyy/m/d";
const SHOWS_MONTH = "yyyy/m";
const SHOWS_NO_YEAR = "m/d";
/** Formats that need no definition of their own and change what a number says, the Japanese ones included (§18.8.30). */
const BUILT_IN = new Map<number, string>([
  [9, "0%"],
  [10, "0.00%"],
  ...[14, 15, 22, 30, 31].map((id): [number, string] => [id, SHOWS_DAY]),
  ...[27, 28, 29, 36, 50, 51, 54, 57, 58].map((id): [number, string] => [id, SHOWS_ERA]),
  ...[17, 34, 52, 55].map((id): [number, string] => [id, SHOWS_MONTH]),
  ...[16, 35, 53, 56].map((id): [number, string] => [id, SHOWS_NO_YEAR]),
]);
/** Longest format that is looked at: Excel takes 255 characters. */
const FORMAT_CHARS = 300;

/** Literals, placeholders and the like, in order. Fill and padding marks draw nothing. */
const TOKEN = /"([^"]*)"|\\([\s\S])|[_*][\s\S]|\[([^\]]*)\]|General|[0#?]|[.,%]|[\s\S]/gu;
/** Day and time letters of all languages Excel writes in the file, outside literals; exponents and fractions. */
const NOT_PLAIN = /[ymdhsgebr@/]/iu;
const COMPARISON = /^(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)$/u;

/** The format of a style; `null` when it shows the number as it is. */
export const formatOf = (id: number, custom: Map<number, string>): string | null => {
  const format = custom.get(id) ?? BUILT_IN.get(id) ?? null;
  return format === null || format === "General" || format.length > FORMAT_CHARS ? null : format;
};

/** A number as its format shows it, unrounded and without group marks; `null` when the bare number says the same. */
export function shownNumber(value: number, format: string, from1904: boolean): string | null {
  const sections = sectionsOf(format);
  const section = sections.find(({ holds }) => holds(value)) ?? sections.at(-1);
  if (!section) return null;
  if (NOT_PLAIN.test(section.bare)) return shownDay(value, section.bare, from1904);
  const { tokens } = section;
  const spots = tokens.flatMap((t, i) => (t.slot ? [i] : []));
  const [first, last] = [spots[0], spots.at(-1)];
  // A section of words alone, as "-" for zero, shows no number.
  if (first === undefined || last === undefined) return tokens.map((t) => t.literal).join("") || null;
  const hundredfold = tokens.some((t) => t.mark === "%") ? 100 : 1;
  const exact = (Math.abs(value) * hundredfold) / 1000 ** scaleOf(tokens, last);
  const digits = plain(exact);
  const inside = tokens.slice(first, last + 1);
  const number =
    inside.some((t) => t.literal !== "") && !digits.includes(".")
      ? spread(digits, inside)
      : padded(digits, inside);
  const before = tokens.slice(0, first).map(shown).join("");
  const behind = tokens
    .slice(last + 1)
    .map(shown)
    .join("");
  const sign = value < 0 && !/[-\u2212\u25b2\u25b3(]/u.test(before) ? "-" : "";
  const text = `${before}${sign}${number}${behind}`.trim();
  return text === plain(value) ? null : text;
}

/** Days before this are off by one, because of a 29 February 1900 that never was; the last is in the year 9999. */
const FIRST_DAY = 61;
const LAST_DAY = 2_958_465;
const DAY_MS = 86_400_000;

/** A day with what its format shows of it; `null` for times and whatever else is no day. */
function shownDay(value: number, bare: string, from1904: boolean): string | null {
  const [year, month, day] = [/[yeg]/iu, /m/iu, /d/iu].map((letter) => letter.test(bare));
  if (!month || !(year || day) || value < (from1904 ? 0 : FIRST_DAY) || value > LAST_DAY) return null;
  const start = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  const date = new Date(start + Math.floor(value) * DAY_MS);
  const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  if (!day) return `${y}/${m}`;
  return year ? date.toISOString().slice(0, 10) : `${m}/${d}`;
}

interface Token {
  literal: string;
  /** Room for a digit. */
  slot: "" | "0" | "#" | "?";
  mark: "" | "." | "," | "%";
}

interface Section {
  tokens: Token[];
  /** The section without literals. */
  bare: string;
  holds: (value: number) => boolean;
}

const shown = (token: Token): string => (token.mark === "%" ? "%" : token.literal);

/** Commas right behind the last digit before the point divide by a thousand each. */
function scaleOf(tokens: Token[], last: number): number {
  const point = tokens.findIndex((t) => t.mark === ".");
  const end = point < 0 ? last : tokens.findLastIndex((t, i) => i < point && t.slot !== "");
  let scale = 0;
  while (tokens[end + 1 + scale]?.mark === ",") scale += 1;
  return scale;
}

const plain = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(0) : String(Math.round(value * 1e6) / 1e6);

/** Leading zeros as the format asks for them. */
function padded(digits: string, inside: Token[]): string {
  const point = inside.findIndex((t) => t.mark === ".");
  const zeros = inside.filter((t, i) => t.slot === "0" && (point < 0 || i < point)).length;
  const [whole = "", part] = digits.split(".");
  return whole.padStart(zeros, "0") + (part === undefined ? "" : `.${part}`);
}

/** Digits put into their places from the right, the signs between them kept. */
function spread(digits: string, inside: Token[]): string {
  let rest = digits;
  let out = "";
  for (const token of [...inside].reverse()) {
    if (token.slot === "") {
      if (rest !== "" || token.literal === "") out = token.literal + out;
    } else {
      out = (rest.at(-1) ?? (token.slot === "0" ? "0" : "")) + out;
      rest = rest.slice(0, -1);
    }
  }
  return rest + out;
}

function sectionsOf(format: string): Section[] {
  const parts: { tokens: Token[]; bare: string; condition: string }[] = [
    { tokens: [], bare: "", condition: "" },
  ];
  for (const match of format.matchAll(TOKEN)) {
    const part = parts.at(-1);
    const [whole, quoted, escaped, bracket] = match;
    if (part === undefined) break;
    if (whole === ";") parts.push({ tokens: [], bare: "", condition: "" });
    else if (bracket !== undefined) {
      if (COMPARISON.test(bracket)) part.condition = bracket;
      const currency = /^\$([^-]+)/u.exec(bracket)?.[1];
      if (currency) part.tokens.push({ literal: currency, slot: "", mark: "" });
    } else if (quoted !== undefined || escaped !== undefined)
      part.tokens.push({ literal: quoted ?? escaped ?? "", slot: "", mark: "" });
    else if (/^[_*]/u.test(whole)) continue;
    else if (whole === "General") part.tokens.push({ literal: "", slot: "#", mark: "" });
    else {
      const slot = whole === "0" || whole === "#" || whole === "?" ? whole : "";
      const mark = whole === "." || whole === "," || whole === "%" ? whole : "";
      if (slot === "" && mark === "") part.bare += whole;
      part.tokens.push({ literal: slot === "" && mark === "" ? whole : "", slot, mark });
    }
  }
  // The fourth section is for text.
  const numeric = parts.slice(0, 3);
  return numeric.map(({ tokens, bare, condition }, i) => ({
    tokens,
    bare,
    holds: condition === "" ? unstated(i, numeric.length) : stated(condition),
  }));
}

/** Without conditions: positive, negative, zero; fewer sections also stand for what they lack (§18.8.31). */
const unstated =
  (index: number, count: number) =>
  (value: number): boolean =>
    index === 0 ? count === 1 || value > 0 || (value === 0 && count === 2) : index === 1 ? value < 0 : true;

function stated(condition: string): (value: number) => boolean {
  const [, sign, text] = COMPARISON.exec(condition) ?? [];
  const bound = Number(text);
  return (value) =>
    sign === "<"
      ? value < bound
      : sign === "<="
        ? value <= bound
        : sign === ">"
          ? value > bound
          : sign === ">="
            ? value >= bound
            : sign === "="
              ? value === bound
              : value !== bound;
}
