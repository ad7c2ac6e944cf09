/** Amounts as they stand in a text: runs of digits and kanji units, and the words beside them (contract section 4). */
import type { Yen } from "./terms.ts";
import { foldWidth } from "./text.ts";

/** The text of a value as amounts are looked for in it: figures that came apart joined, sums and remarks resolved. */
export const amountText = (raw: string): string =>
  withoutRemarks(sumOf(together(foldWidth(raw).replace(/\s+/gu, " "))));

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

/** Numerals and units in kanji, the old forms of deeds included, as the ones that are counted with. */
export const DIGITS: Record<string, string> = {
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

/** One amount as written. */
export interface Amount {
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

/** The amounts of a text (width-folded), in order, with what the words around each make of it. */
export function findAmounts(text: string): Amount[] {
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
