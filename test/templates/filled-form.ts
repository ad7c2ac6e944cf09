import fc from "fast-check";
import { formatJapaneseDay } from "../../core/dates.ts";
import { formatYen } from "../../core/money.ts";
import {
  type Application,
  GUARANTEE_KINDS,
  type GuaranteeKind,
  type RequestedGuarantee,
} from "../../core/terms.ts";

/** Contractors who fill in the form: what they mean, and how they write it down. */

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const place = one("利根", "小谷", "髙﨑", "𠮷野", "角田", "富士見", "川邉", "葛󠄀城");
const company = fc
  .tuple(place, one("建設株式会社", "土木有限会社", "工業株式会社", "組"))
  .map((parts) => parts.join(""));
const titleTail = one(
  "改良工事",
  "橋梁補修設計業務委託",
  "（その２）舗装工事",
  "管布設替工事（第3工区）",
  "耐震補強工事ほか",
);
const longTitle = fc
  .array(one("社会資本整備総合交付金事業", "町道112号線", "二級河川𠮷野川", "防災・減災対策", "No.5"), {
    maxLength: 8,
  })
  .map((parts) => parts.join(" "));
const worksTitle = fc.tuple(place, longTitle, titleTail).map((parts) => parts.join("").normalize("NFKC"));
const yen = fc.oneof(
  fc.integer({ min: 1, max: 9_999 }).map((n) => n * 100_000),
  fc.integer({ min: 10_000, max: 999_999_999 }),
);
const day = fc
  .date({ min: new Date("2024-01-01"), max: new Date("2032-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

function guarantee(kind: GuaranteeKind, price: number): fc.Arbitrary<RequestedGuarantee> {
  const amount = fc.integer({ min: 10_000, max: price });
  const deposit = kind !== "performance";
  const name = place.map((town) => `見本銀行 ${town}支店`);
  return fc.record({
    kind: fc.constant(kind),
    form: one("electronic" as const, "paper" as const),
    guaranteedYen: amount,
    fiscalYearYen: deposit ? maybe(amount) : fc.constant(null),
    depositBank: deposit ? name : fc.constant(null),
    redeposit: deposit ? fc.boolean() : fc.constant(null),
    feePayment: maybe(one("一括納付", "その都度振込")),
    feeBillTo: maybe(company.map((who) => `${who} 本社`)),
    paperFeeStatement: maybe(fc.boolean()),
    advanceGuaranteeNumber:
      kind === "interim_advance_payment" ? maybe(one("12345-678901", "00001-000014")) : fc.constant(null),
  });
}

const message = one(
  "お急ぎでお願いいたします。",
  "契約書の写しは別途お送りします。\n不明な点は山田までお問い合わせください。",
  "入札は済んでおります",
);

/** A complete application: nothing that an application has to say is left out. */
export const applications: fc.Arbitrary<Application> = fc
  .record({
    price: yen,
    products: fc.subarray([...GUARANTEE_KINDS], { minLength: 1 }),
    days: fc.tuple(day, day, day).map((days) => days.sort()),
    notice: maybe(fc.boolean()),
  })
  .chain(({ price, products, days: [contractDate = "", worksFrom = "", worksUntil = ""], notice }) =>
    fc.record({
      ordererName: place.map((town) => `${town}町長`),
      contractorName: company,
      jointVentureName: maybe(place.map((town) => `${town}・取手特定建設工事共同企業体`)),
      worksTitle,
      worksNumber: maybe(one("第12-3号", "12-3", "R8-104")),
      contractPriceYen: fc.constant(price),
      contractDate: fc.constant(contractDate),
      worksFrom: fc.constant(worksFrom),
      worksUntil: fc.constant(worksUntil),
      guarantees: fc.tuple(...products.map((kind) => guarantee(kind, price))),
      handlingBranch: maybe(place.map((town) => `${town}支店`)),
      completionNotice: fc.constant(notice),
      completionEmail: notice ? fc.constant("soumu@kensetsu.example") : fc.constant(null),
      directSubmission: maybe(fc.boolean()),
      contact: fc.record({
        department: maybe(one("総務部", "工事課")),
        title: maybe(one("課長", "主任")),
        name: maybe(one("𠮷田 太郎", "髙橋花子")),
        phone: maybe(one("0297-12-3456", "090-1234-5678", "0312345678")),
      }),
      message: maybe(message),
    }),
  );

const wide = (text: string): string =>
  text.replace(/[!-~]/g, (c) => String.fromCharCode((c.codePointAt(0) ?? 0) + 0xfee0));

const YEN = [
  formatYen,
  String,
  (n: number) => formatYen(n).slice(0, -1),
  (n: number) => wide(formatYen(n)),
  (n: number) => `￥${formatYen(n).slice(0, -1)}-`,
  (n: number) => `金${formatYen(n)}也`,
  (n: number) => `${formatYen(n)}（税込）`,
  (n: number) => (n % 10_000 === 0 ? `${n / 10_000}万円` : formatYen(n)),
  (n: number) => (n % 1_000 === 0 ? `${formatYen(n / 1_000).slice(0, -1)}千円` : formatYen(n)),
] as const;
const DAYS = [
  formatJapaneseDay,
  (d: string) => wide(formatJapaneseDay(d)),
  (d: string) => d,
  (d: string) => d.replaceAll("-", "/").replaceAll("/0", "/"),
  (d: string) => `R${Number(d.slice(0, 4)) - 2018}.${Number(d.slice(5, 7))}.${Number(d.slice(8))}`,
  (d: string) => d.replace(/^(\d+)-0?(\d+)-0?(\d+)$/, "$1年$2月$3日"),
  (d: string) => d.replace(/^(\d+)-0?(\d+)-0?(\d+)$/, " $1 年 $2 月 $3 日"),
] as const;
const FORMS = {
  electronic: ["電子保証（認証キーを含む）", "電子保証", "☒電子保証 □紙の証書"],
  paper: ["紙の証書", "紙", "□電子保証（認証キーを含む）　☑証書（紙）"],
} as const;

/** How one person writes: a number of each list, taken anew for every value. */
export type Hand = () => number;
export const hands: fc.Arbitrary<Hand> = fc.infiniteStream(fc.nat({ max: 999 })).map((stream) => () => {
  const { value } = stream.next();
  return value as number;
});

const pick = <T>(values: readonly T[], hand: Hand): T => values[hand() % values.length] as T;

/** The answers by path, as a person types them. `cells`: amounts may be numbers and days real dates. */
export function written(application: Application, hand: Hand, cells: boolean) {
  const answers = new Map<string, string | number | Date>();
  const put = (path: string, value: unknown) => {
    if (value === null || typeof value === "object") return;
    const field = path.split(".").at(-1) ?? "";
    answers.set(path, write(field, value as string | number | boolean, hand, cells));
  };
  const { guarantees, contact, ...works } = application;
  for (const [field, value] of Object.entries(works)) put(field, value);
  for (const [field, value] of Object.entries(contact)) put(`contact.${field}`, value);
  for (const { kind, ...fields } of guarantees) {
    if (hand() % 2 === 0) answers.set(`guarantees.${kind}`, "申し込む");
    for (const [field, value] of Object.entries(fields)) put(`guarantees.${kind}.${field}`, value);
  }
  return answers;
}

function write(field: string, value: string | number | boolean, hand: Hand, cells: boolean) {
  if (typeof value === "number") return cells && hand() % 2 === 0 ? value : pick(YEN, hand)(value);
  if (typeof value === "boolean") {
    if (field === "redeposit") return value ? "利用する" : "利用しない";
    return value ? "希望する" : "希望しない";
  }
  if (field === "form") return pick(FORMS[value as keyof typeof FORMS], hand);
  if (/Date|worksFrom|worksUntil/.test(field))
    return cells && hand() % 2 === 0 ? new Date(`${value}T00:00:00Z`) : pick(DAYS, hand)(value);
  if (field === "contractorName" && hand() % 3 === 0) return value.replace("株式会社", "㈱");
  if (field === "ordererName" && hand() % 3 === 0) return `${value}　様`;
  if (field === "phone" && hand() % 3 === 0) return wide(value);
  return value;
}
