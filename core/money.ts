/**
 * Yen: the notations of contract section 4, both ways. Whatever is not surely one tax-included amount is a refusal.
 */

import type { Yen } from "./terms.ts";
import { foldWidth } from "./text.ts";

type YenRefusal =
  | "absent"
  | "approximate"
  | "tax_excluded"
  | "percentage"
  | "several"
  | "unreadable"
  | "too_large"
  /** A bare number so small that it may be thousands of yen. */
  | "unit_unknown";
export type YenReading = { ok: true; yen: Yen } | { ok: false; reason: YenRefusal };
/** What surrounds the text: a table's own unit in yen (`単位：千円` is 1000), and a label that says tax-excluded. */
export interface YenContext {
  unit?: number;
  taxExcluded?: boolean;
  /** Below this a bare number is refused. Where only yen are ever typed, 0 takes every number as yen. */
  bareMinimumYen?: number;
}

const DIGITS: Record<string, string> = {
  〇: "0",
  零: "0",
  一: "1",
  壱: "1",
  壹: "1",
  弌: "1",
  二: "2",
  弐: "2",
  貳: "2",
  三: "3",
  参: "3",
  參: "3",
  四: "4",
  五: "5",
  伍: "5",
  六: "6",
  七: "7",
  八: "8",
  九: "9",
  拾: "十",
  陌: "百",
  佰: "百",
  阡: "千",
  仟: "千",
  萬: "万",
  圓: "円",
};
const SMALL: Record<string, bigint> = { 十: 10n, 百: 100n, 千: 1000n };
const LARGE: Record<string, bigint> = { 万: 10_000n, 億: 100_000_000n, 兆: 1_000_000_000_000n };
/**
 * Largest amount that is read: no single public works contract comes near a trillion yen, and whatever is not above it
 * is far within what a number holds exactly.
 */
export const LARGEST_YEN: Yen = 1_000_000_000_000;
/** Below this a bare number is as likely to mean thousands of yen: public works are hardly ever that small. */
export const BARE_MINIMUM_YEN: Yen = 100_000;
/** No works, and no guarantee of one, is worth less. */
const LEAST_YEN: Yen = 1_000;
/** A bare number below this, beside an amount with its unit, is the number of a note. */
const NOTE_BELOW = 10_000;
/** Decimals that a written amount may have (`1.2345億円`); all is counted in ten-thousandths of a yen. */
const DECIMALS = 4;
const FRACTION = 10n ** BigInt(DECIMALS);

const RUN =
  /(¥|\\|金)?\s*((?:[0-9]|[〇零一壱壹弌二弐貳三参參四五伍六七八九十拾百陌佰千阡仟万萬億兆])(?:[0-9,.〇零一壱壹弌二弐貳三参參四五伍六七八九十拾百陌佰千阡仟万萬億兆]|、(?=[〇零一二三四五六七八九0-9]{3}))*)\s*(円|圓)?/gu;
const APPROXIMATE_BEFORE =
  /(?:約|およそ|おおよそ|概ね|おおむね|凡そ|概算|最大|上限|最低|見込|おそらく|恐らく|たぶん|多分)\s*(?:[¥\\金]\s*)?$/u;
// A mark right behind the yen is doubt; one after a space is a portal's help button.
const APPROXIMATE_AFTER =
  /^\?|^\s*(?:程度|前後|くらい|ぐらい|ほど|弱|強|余|以上|以下|以内|未満|超|見込|台|代|位|\((?:概算|約|見込|予定|仮|未定))/u;
const EXCLUDED = /税抜|税別|税ぬき|抜き|外税|本体|税を除|税を含ま|税含ま|\+\s*(?:消費)?税|プラス(?:消費)?税/u;
const TAX_PART = /(?:消費税|地方消費税|税額|内税)[^0-9込]*$/u;
const NOT_MONEY_AFTER = /^\s*(?:[%％年月日号条項件箇個日枚本]|か月|ヶ月|割|分の|-\d|\/\d|:\d)/u;

/** By so much something grows or shrinks: no amount of it. */
const DIFFERENCE_AFTER =
  /^\s*(?:の|が|を|だけ|ほど|分)?\s*(?:増額|減額|増え|減り|減ら|増や|上乗せ|上が|下が|追加|(?:増|減)(?=$|[、。\s)]))/u;
/** What an amount became stands behind these words. */
const NEWER_BEFORE =
  /(?:変更(?:契約)?後|改定後|現在|現契約|見直し後)(?:の)?(?:請負|契約|保証)?(?:代金|金額|額)?\s*(?:は|が|:|の)?\s*[¥\\金]?\s*$/u;
const FORMER_AFTER = /^\s*(?:は|が)?\s*(?:間違い|誤り|誤記|打ち間違|書き間違|違います)/u;
/** An amount that the words around it call superseded. */
const FORMER_BEFORE =
  /(?:当初|変更前|訂正前|修正前|従前|増額前|減額前|旧|誤)(?:の)?(?:請負|契約|保証)?(?:代金|金額|額)?(?:\((?:税込|消費税込み?)\))?\s*(?:は|が|:|の)?\s*[¥\\金]?\s*$/u;

interface Amount {
  value: number | "unsound" | "too_large";
  explicit: boolean;
  multiplied: boolean;
  approximate: boolean;
  excluded: boolean;
  taxPart: boolean;
  former: boolean;
  newer: boolean;
  difference: boolean;
}

/** The value of one run of digits and units; `unsound` when its grouping or order of units is, or it is no whole yen. */
function evaluate(run: string): Amount["value"] {
  const text = run
    .replace(/[^0-9,.]/gu, (c) => DIGITS[c] ?? c)
    .replace(/、/gu, ",")
    .replace(/[.,]$/u, "");
  let total = 0n;
  let section = 0n;
  let lastLarge: bigint | null = null;
  let number: bigint | null = null;
  for (const token of text.match(/[0-9][0-9,.]*|[^0-9]/gu) ?? []) {
    const small = SMALL[token];
    const large = LARGE[token];
    if (small !== undefined) {
      section += (number ?? FRACTION) * small;
      number = null;
    } else if (large !== undefined) {
      if ((lastLarge !== null && large >= lastLarge) || (section === 0n && number === null)) return "unsound";
      total += (section + (number ?? 0n)) * large;
      lastLarge = large;
      section = 0n;
      number = null;
    } else {
      const digits = token.replace(/[.,]$/u, "");
      if (!/^(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,4})?$/u.test(digits) || number !== null) return "unsound";
      number = fromDigits(digits);
    }
  }
  const sum = total + section + (number ?? 0n);
  if (sum % FRACTION !== 0n) return "unsound";
  return sum / FRACTION > BigInt(LARGEST_YEN) ? "too_large" : Number(sum / FRACTION);
}

/** `1,234.5` in ten-thousandths. */
function fromDigits(digits: string): bigint {
  const [whole = "", decimals = ""] = digits.replace(/,/g, "").split(".");
  return BigInt(whole) * FRACTION + BigInt(decimals.padEnd(DECIMALS, "0"));
}

function findAmounts(text: string): Amount[] {
  const runs = [...text.matchAll(RUN)];
  const amounts: Amount[] = [];
  let previousEnd = 0;
  runs.forEach((match, i) => {
    const [whole, mark, digits = "", yenMark] = match;
    const end = match.index + whole.length;
    const after = text.slice(end, runs[i + 1]?.index ?? text.length);
    const before = text.slice(previousEnd, match.index);
    const explicit = mark !== undefined || yenMark !== undefined || /[万億兆千]$|[万萬億]/u.test(digits);
    const arabic = /^[0-9]/u.test(digits);
    if ((!arabic && mark === undefined && yenMark === undefined) || (!yenMark && NOT_MONEY_AFTER.test(after)))
      return;
    if (!yenMark && mark === undefined && /[-/:.]$/u.test(before)) return;
    previousEnd = end;
    const lead = before.replace(/^.*\)/su, "");
    amounts.push({
      value: evaluate(digits),
      explicit,
      multiplied: /[百千万萬億兆佰陌阡仟]/u.test(digits),
      approximate: APPROXIMATE_BEFORE.test(before) || APPROXIMATE_AFTER.test(after),
      excluded:
        EXCLUDED.test(lead) || new RegExp(`^\\s*\\(?[^)0-9]{0,4}(?:${EXCLUDED.source})`, "u").test(after),
      former: FORMER_BEFORE.test(before) || FORMER_AFTER.test(after),
      newer: NEWER_BEFORE.test(before),
      difference: DIFFERENCE_AFTER.test(after),
      taxPart: TAX_PART.test(before) && !/税込[^0-9]*$/u.test(lead),
    });
  });
  return amounts;
}

/**
 * Reads one tax-included amount in whole yen out of a value. Several different amounts, an amount that is only
 * tax-excluded or approximate, and a percentage alone are refused with the reason.
 */
export function parseYen(raw: string, context: YenContext = {}): YenReading {
  const text = withoutRemarks(sumOf(together(foldWidth(raw).replace(/\s+/gu, " "))));
  if (
    /[A-Za-z][0-9]*[0-9,]{3}|[0-9,][OoIl|][0-9,]|[0-9][A-Za-z]*[OoIl](?![A-Za-z])/u.test(
      text.replace(/JPY/giu, "¥"),
    )
  ) {
    return { ok: false, reason: "unreadable" };
  }
  if (/[-△▲−]\s*[¥]?\s*[0-9]{1,3}(?:,[0-9]{3})+/u.test(text) && !/[¥\d]-/u.test(text))
    return { ok: false, reason: "unreadable" };
  const found = findAmounts(text.replace(/(?:\d+|十)\s*分の\s*(?:\d+|[一二三四五六七八九])/gu, "")).filter(
    (amount) => !amount.taxPart,
  );
  // Beside an amount with its unit, a small bare number is a note's number, not another amount.
  const named = found.some((amount) => amount.explicit);
  const isNote = ({ explicit, value }: Amount) =>
    !explicit && typeof value === "number" && value < NOTE_BELOW;
  if (found.length > 0 && found.every((amount) => amount.difference))
    return { ok: false, reason: "unreadable" };
  const newer = found.filter((amount) => amount.newer);
  const current = newer.length > 0 ? newer : found.filter((amount) => !amount.former && !amount.difference);
  const stated = current.length > 0 ? current : found;
  const all = stated.filter((amount) => !(named && isNote(amount)));
  if (all.length === 0) {
    if (parsePercentages(text).length > 0) return { ok: false, reason: "percentage" };
    return { ok: false, reason: /[0-9〇一二三四五六七八九]/u.test(text) ? "unreadable" : "absent" };
  }
  const included = all.filter((amount) => !amount.excluded);
  if (included.length === 0) return { ok: false, reason: "tax_excluded" };
  if (context.taxExcluded === true && !/税込/u.test(text)) return { ok: false, reason: "tax_excluded" };
  if (included.some((amount) => amount.approximate)) return { ok: false, reason: "approximate" };
  const readings = included.map((amount) => scaled(amount, context));
  const refused = readings.find((reading) => !reading.ok);
  if (refused) return refused;
  const values = new Set(readings.flatMap((reading) => (reading.ok ? [reading.yen] : [])));
  const [yen] = values;
  if (values.size > 1) return { ok: false, reason: "several" };
  return yen === undefined ? { ok: false, reason: "unreadable" } : { ok: true, yen };
}

/** Brackets that speak of rounding or of a limit; a unit in brackets behind a number is its unit. */
const withoutRemarks = (text: string): string =>
  text
    .replace(/\([^()]*(?:切り?捨て|切り?上げ|四捨五入|未満|限度|上限|請求可能)[^()]*\)/gu, "")
    .replace(/(\d)\s*\((百万円|千円|万円|円)\)/gu, "$1$2");

/** `3 8 , 5 0 0`: figures that were spread out, each by itself. */
const together = (text: string): string =>
  text.replace(/(?<![\d,.])\d(?: [\d,](?![\d,])){3,}/gu, (spread) => spread.replace(/ /gu, ""));

/** `net + tax = gross`: what stands behind the equals sign is the amount meant. */
const sumOf = (text: string): string =>
  text
    .replace(
      /^.*円.*(?:を加えた|を合わせた|を足した|加算した)(?:額)?(?:は|の|、)?\s*(?=[¥金]?\s*[\d一二三四五六七八九壱弐参])/u,
      "",
    )
    .replace(/^.*\d\s*円?[^=]*[+][^=]*\d\s*円?\s*=\s*(?=[¥金]?\s*\d)/u, "");

/** A table's unit applies to bare numbers; a small amount that names yen inside such a table is not sure. */
function scaled({ value, explicit, multiplied }: Amount, context: YenContext): YenReading {
  const { unit = 1, bareMinimumYen = BARE_MINIMUM_YEN } = context;
  if (value === "unsound") return { ok: false, reason: "unreadable" };
  if (value === "too_large") return { ok: false, reason: "too_large" };
  if (explicit && unit > 1 && !multiplied && value < 1_000_000) return { ok: false, reason: "unreadable" };
  if (!explicit && unit === 1 && value !== 0 && value < bareMinimumYen)
    return { ok: false, reason: "unit_unknown" };
  // Fewer yen than any document costs: a slip, or what is left of a number that came apart.
  if (explicit && value !== 0 && value < LEAST_YEN) return { ok: false, reason: "unreadable" };
  if (explicit) return { ok: true, yen: value };
  return value > LARGEST_YEN / unit ? { ok: false, reason: "too_large" } : { ok: true, yen: value * unit };
}

/** The percentages a text states (`40%`, `4割`, `10分の4`), as percent. */
export function parsePercentages(raw: string): { percent: number; decimals: number }[] {
  const text = foldWidth(raw);
  const found = [...text.matchAll(/(\d+)(?:\.(\d+))?\s*(?:%|パーセント)/gu)].map((m) => ({
    percent: Number(`${m[1]}.${m[2] ?? 0}`),
    decimals: m[2]?.length ?? 0,
  }));
  for (const m of text.matchAll(/(\d|[一二三四五六七八九])割(?!引)/gu)) {
    found.push({ percent: Number(DIGITS[m[1] ?? ""] ?? m[1]) * 10, decimals: 0 });
  }
  for (const m of text.matchAll(/(?:10|十)分の(\d|[一二三四五六七八九])/gu)) {
    found.push({ percent: Number(DIGITS[m[1] ?? ""] ?? m[1]) * 10, decimals: 0 });
  }
  return found;
}

/** A table's unit in yen named by a text such as `単位：千円`, `null` when it names none. */
export function parseUnit(raw: string): number | null {
  const match = /(?:単位\s*[:は]?\s*|^\s*\(?)(百万円|千円|万円|円)\s*\)?\s*$/u.exec(
    foldWidth(raw).trim().replace(/\)+$/u, ""),
  );
  const units: Record<string, number> = { 百万円: 1e6, 万円: 1e4, 千円: 1e3, 円: 1 };
  return match?.[1] ? (units[match[1]] ?? null) : null;
}

/** `20000000` → `20,000,000円`. */
export function formatYen(yen: Yen): string {
  return `${String(yen).replace(/\B(?=(\d{3})+(?!\d))/g, ",")}円`;
}
