import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJapaneseDay } from "../../core/dates.ts";
import { formatYen } from "../../core/money.ts";
import { readLetter } from "../../core/reader/read-letter.ts";
import type { LetterText } from "../../core/reader/source.ts";
import type { Application } from "../../core/terms.ts";
import { loadLabels } from "../../templates/reading.ts";

const labels = loadLabels();
const letter = (body: string): LetterText => ({
  fromAddresses: ["a@b.example"],
  subject: "前払金保証の申込み",
  automatic: false,
  reply: false,
  bodies: [body],
  attachments: [],
  failure: null,
});
const read = (body: string) => readLetter(letter(`前払金保証を申し込みます。\n\n${body}\n`), labels).reading;

type Fields = keyof typeof labels.fields;
/** A value for each labelled field, as written and as read. */
const SAMPLES: [Fields, string, (a: Application) => unknown, unknown][] = [
  ["ordererName", "利根町長", (a) => a.ordererName, "利根町長"],
  ["contractorName", "利根建設株式会社", (a) => a.contractorName, "利根建設株式会社"],
  ["worksTitle", "町道112号線改良工事", (a) => a.worksTitle, "町道112号線改良工事"],
  ["worksNumber", "利建第8-112号", (a) => a.worksNumber, "利建第8-112号"],
  ["contractPriceYen", "50,000,000円", (a) => a.contractPriceYen, 50_000_000],
  ["contractDate", "令和8年4月10日", (a) => a.contractDate, "2026-04-10"],
  ["worksFrom", "令和8年4月11日", (a) => a.worksFrom, "2026-04-11"],
  ["worksUntil", "令和9年3月19日", (a) => a.worksUntil, "2027-03-19"],
  [
    "period",
    "令和8年4月11日～令和9年3月19日",
    (a) => [a.worksFrom, a.worksUntil],
    ["2026-04-11", "2027-03-19"],
  ],
  ["handlingBranch", "茨城支店", (a) => a.handlingBranch, "茨城支店"],
  ["completionNotice", "希望する", (a) => a.completionNotice, true],
  ["directSubmission", "希望する", (a) => a.directSubmission, true],
  ["completionEmail", "soumu@tone.example", (a) => a.completionEmail, "soumu@tone.example"],
  ["department", "工務部", (a) => a.contact.department, "工務部"],
  ["title", "主任", (a) => a.contact.title, "主任"],
  ["name", "鈴木 一郎", (a) => a.contact.name, "鈴木 一郎"],
  ["phone", "0297-00-1234", (a) => a.contact.phone, "0297-00-1234"],
];
type Products = keyof typeof labels.productFields;
const OF_PRODUCT: [Products, string, (a: Application) => unknown, unknown][] = [
  ["guaranteedYen", "20,000,000円", (a) => a.guarantees[0]?.guaranteedYen, 20_000_000],
  ["form", "電子保証", (a) => a.guarantees[0]?.form, "electronic"],
  ["fiscalYearYen", "40,000,000円", (a) => a.guarantees[0]?.fiscalYearYen, 40_000_000],
  ["depositBank", "見本銀行 利根支店", (a) => a.guarantees[0]?.depositBank, "見本銀行 利根支店"],
  ["redeposit", "利用しない", (a) => a.guarantees[0]?.redeposit, false],
  ["feePayment", "一括納付", (a) => a.guarantees[0]?.feePayment, "一括納付"],
  ["feeBillTo", "本社経理部", (a) => a.guarantees[0]?.feeBillTo, "本社経理部"],
  ["paperFeeStatement", "希望しない", (a) => a.guarantees[0]?.paperFeeStatement, false],
];

describe("every label the reader knows", () => {
  it.each(SAMPLES)(
    "of %s is read with its value, before a colon and in a column",
    (field, written, of, value) => {
      const misread = labels.fields[field].filter((label) => {
        const said = [`${label}：${written}`, `・${label}　　${written}`].map(
          (line) => read(line).application,
        );
        return said.some((a) => a === null || JSON.stringify(of(a)) !== JSON.stringify(value));
      });
      expect(misread).toEqual([]);
    },
  );

  it.each(OF_PRODUCT)("of a product's %s is read in its section", (field, written, of, value) => {
    const misread = labels.productFields[field].filter((label) => {
      const application = read(`【前払金保証】\n${label}：${written}`).application;
      return application === null || JSON.stringify(of(application)) !== JSON.stringify(value);
    });
    expect(misread).toEqual([]);
  });

  it("of a product asks for that product, with its amount", () => {
    for (const [kind, words] of Object.entries(labels.products))
      for (const word of words) {
        const { application } = readLetter(
          {
            ...letter(
              `${word}：12,000,000円\n工事名：町道改良工事\n契約日：令和8年4月10日\n証書の形式：電子保証`,
            ),
            subject: "保証の申込み",
          },
          labels,
        ).reading;
        expect([word, application?.guarantees.map((g) => [g.kind, g.guaranteedYen])]).toEqual([
          word,
          [[kind, 12_000_000]],
        ]);
      }
  });
});

/** Ways to write a form: how a label and its value stand to each other. */
const LAYOUTS: Record<string, (label: string, value: string) => string> = {
  "before a colon": (label, value) => `${label}：${value}`,
  "in columns": (label, value) => `${label}　　　${value}`,
  "as a list": (label, value) => `・${label}　${value}`,
  "numbered in brackets": (label, value) => `【${label}】${value}`,
  "one above the other": (label, value) => `■${label}\n${value}\n`,
  "in a table": (label, value) => `${label}\t${value}`,
  "in a drawn table": (label, value) => `│${label}　│${value}　│\n├───┼───┤`,
};
const wide = (text: string) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
const AMOUNTS: ((n: number) => string)[] = [
  formatYen,
  (n) => wide(formatYen(n)),
  (n) => `￥${formatYen(n).slice(0, -1)}-`,
  (n) => `金${formatYen(n)}也（税込）`,
  (n) => `${n / 1000}千円`,
  (n) => `${formatYen(n)}（うち消費税及び地方消費税の額 ${formatYen(Math.floor(n / 11))}）`,
];
const DAYS: ((day: string) => string)[] = [
  formatJapaneseDay,
  (day) => wide(formatJapaneseDay(day)),
  (day) => day.replaceAll("-", "/"),
  (day) => `R${Number(day.slice(0, 4)) - 2018}.${Number(day.slice(5, 7))}.${Number(day.slice(8))}`,
];

describe("a form, whatever its layout, labels and notations", () => {
  it.each(Object.entries(LAYOUTS))("%s reads back what was written", (_, layout) => {
    const price = fc.integer({ min: 1_000, max: 9_000_000 }).map((n) => n * 1000);
    const oneOf = (field: Fields) =>
      fc.constantFrom(...labels.fields[field].filter((l) => !labels.weak.has(l)));
    fc.assert(
      fc.property(
        price,
        fc.constantFrom(...AMOUNTS),
        fc.constantFrom(...DAYS),
        fc.date({ min: new Date("2026-01-01"), max: new Date("2030-12-31"), noInvalidDate: true }),
        fc.record({
          orderer: oneOf("ordererName"),
          title: oneOf("worksTitle"),
          price: oneOf("contractPriceYen"),
          date: oneOf("contractDate"),
          contractor: oneOf("contractorName"),
        }),
        (yen, amount, day, signed, chosen) => {
          const date = signed.toISOString().slice(0, 10);
          const body = [
            layout(chosen.orderer, "富士市長"),
            layout(chosen.title, "市道大渕２号線舗装工事"),
            layout(chosen.contractor, "株式会社岳南道路"),
            layout(chosen.price, amount(yen)),
            layout(chosen.date, day(date)),
            layout("前払金保証金額", amount(Math.floor(yen / 4000) * 1000)),
          ].join("\n");
          const { application } = read(body);
          expect({ ...application, guarantees: application?.guarantees[0]?.guaranteedYen }).toMatchObject({
            ordererName: "富士市長",
            worksTitle: "市道大渕2号線舗装工事",
            contractorName: "株式会社岳南道路",
            contractPriceYen: yen,
            contractDate: date,
            guarantees: Math.floor(yen / 4000) * 1000,
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
