import { describe, expect, it } from "vitest";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import type { ChangeTemplate, LetterContent } from "../../core/letters.ts";
import type { Application } from "../../core/terms.ts";
import { wordLetter } from "../../templates/letters.ts";
import { loadWords } from "../../templates/words.ts";

/** The letters after issue and about an application's end, as their readers see them. */

const words = loadWords();
const signature = {
  guarantorName: "見本建設業保証株式会社",
  guarantorAddress: "東京都",
  deskAddress: "d@x.example",
};
const letter = (content: LetterContent) => wordLetter({ content, attachments: [] }, words, signature);

const content: CertificateContent = {
  ...{ kind: "advance_payment", medium: "electronic", contractorName: "利根建設株式会社" },
  ...{ contractorAddress: "利根町布川1", contractorRepresentative: "代表取締役 利根 花子" },
  ...{
    jointVentureName: null,
    ordererName: "利根町長",
    guaranteedYen: 24_000_000,
    guaranteeUntil: "2027-03-31",
  },
  ...{
    worksTitle: "町道112号線改良工事",
    worksNumber: null,
    contractPriceYen: 60_000_000,
    fiscalYearYen: null,
  },
  ...{ worksFrom: "2026-04-11", worksUntil: "2027-03-31", contractDate: "2026-04-10" },
  ...{ depositBank: "見本銀行 利根支店", handlingBranch: "茨城支店" },
};
const differences = [
  { field: "guaranteedYen" as const, before: 20_000_000, after: 24_000_000 },
  { field: "worksUntil" as const, before: "2027-03-19", after: "2027-03-31" },
  { field: "contractorAddress" as const, before: "利根町横須賀2", after: "利根町布川1" },
  { field: "jointVentureName" as const, before: null, after: "利根共同企業体" },
];

function changed(
  template: ChangeTemplate,
  reader: "contractor" | "orderer",
  electronic = true,
  serial = 1,
  on: string | null = "2026-07-01",
) {
  const issuedAt = "2026-06-01T01:02:03.000Z";
  const version = { position: serial, serial, content, issuedAt, heldFrom: issuedAt, ended: null };
  const named = ["amended", "rectified", "unamended"].includes(template);
  return letter({
    ...{ template, receiptNumber: "A-000123", reader, number: "20800-000017", kind: "advance_payment" },
    ...{ addressee: reader === "contractor" ? "利根建設株式会社" : "利根町", electronic, version, on },
    differences: named ? differences : [],
  });
}

const SUBJECTS = {
  ...{ amended: "変更", rectified: "訂正", unamended: "変更取消" },
  ...{ cancelled: "解約", released: "終了", expiring: "期限" },
} as const satisfies Record<ChangeTemplate, string>;
const TEMPLATES = Object.keys(SUBJECTS) as ChangeTemplate[];

describe.each(TEMPLATES)("a letter that a guarantee was or will be %s", (template) => {
  it.each([
    ["contractor", true],
    ["contractor", false],
    ["orderer", true],
    ["orderer", false],
  ] as const)("is whole for the %s (electronic: %s)", (reader, electronic) => {
    const { subject, text } = changed(template, reader, electronic);
    expect(subject).toContain(SUBJECTS[template]);
    expect(subject).toContain("A-000123");
    expect(subject).not.toMatch(/\d{6,}円/);
    expect(text).not.toMatch(/\{\{|\}\}|undefined|null|\n\n\n/);
    expect(text).toContain("保証契約番号　　　20800-000017");
    expect(text.includes("先にご照会いただきました") || template === "rectified").toBe(
      reader === "orderer" || template === "rectified",
    );
    // Nobody is told of a key who has none.
    if (!electronic) expect(text).not.toMatch(/添付しております|認証キーに変更/);
  });
});

it("what was changed stands from what to what, as people write it", () => {
  for (const template of ["amended", "rectified", "unamended"] as const) {
    const { text } = changed(template, "orderer");
    expect(text).toContain("・保証金額：20,000,000円 → 24,000,000円\n");
    expect(text).toContain("・工期の終期：令和9年3月19日 → 令和9年3月31日\n");
    expect(text).toContain("・保証契約者の住所：利根町横須賀2 → 利根町布川1\n");
    expect(text).toContain("・共同企業体名：（記載なし） → 利根共同企業体\n");
  }
});

it("only the contractor is asked to check the whole certificate", () => {
  for (const template of ["amended", "rectified", "unamended"] as const) {
    expect(changed(template, "contractor").text).toContain("令和8年6月1日 10時02分");
    expect(changed(template, "orderer").text).not.toContain("令和8年6月1日 10時02分");
  }
});

it("after a withdrawn amendment each certificate is called by its own number", () => {
  const first = changed("unamended", "orderer", true, 0).text;
  expect(first).toContain("現在効力を有する保証証書：当初");
  expect(first).toContain("取り消した変更：変更1");
  const second = changed("unamended", "orderer", true, 1).text;
  expect(second).toContain("現在効力を有する保証証書：変更1");
  expect(second).toContain("取り消した変更：変更2");
});

it("an end names its day; what is near names its 保証期限 whatever day stands beside it", () => {
  expect(changed("cancelled", "orderer").text).toContain("解約日：令和8年7月1日");
  expect(changed("released", "contractor").text).toContain("終了日：令和8年7月1日");
  expect(changed("expiring", "orderer", true, 1, null).text).toContain("保証期限：令和9年3月31日");
});

describe("an application's end", () => {
  const application: Application = {
    ...{ ordererName: "利根町長", contractorName: "利根建設株式会社", jointVentureName: null },
    ...{ worksTitle: "町道112号線改良工事", worksNumber: null, contractPriceYen: null, contractDate: null },
    ...{ worksFrom: null, worksUntil: null, guarantees: [], handlingBranch: null, completionNotice: null },
    ...{ completionEmail: null, directSubmission: null, message: null },
    contact: { department: null, title: null, name: null, phone: null },
  };
  const base = { receiptNumber: "A-000123", application, reason: "工期が契約書と違います。" };

  it.each([
    ["returned", "差戻", "このメールに返信し"],
    ["withdrawn", "取下", "今後の手続きは行いません"],
    ["declined", "謝絶", "見送らせて"],
  ] as const)("%s is said with its reason and what comes next", (template, word, next) => {
    const { subject, text } = letter({ template, ...base, kinds: ["advance_payment", "performance"] });
    expect(subject).toMatch(new RegExp(`${word}.*A-000123`));
    for (const said of ["・前払金保証\n・契約保証\n", base.reason, next]) expect(text).toContain(said);
  });

  it("of a case without a product is said of all of it, not of an empty list", () => {
    for (const template of ["withdrawn", "declined"] as const)
      expect(letter({ template, ...base, kinds: [] }).text).toContain("・お申込みの全体（商品のご指定なし）");
  });
});

it("a key that is sent again is in the notice alone", () => {
  const { subject, text } = letter({
    ...{ template: "key_resent", receiptNumber: "A-000123", contractorName: "利根建設株式会社" },
    guarantees: [{ number: "20800-000017", kind: "performance" }],
  });
  expect(subject).toMatch(/認証キー.*A-000123/);
  expect(text).toContain("・契約保証　保証契約番号 20800-000017");
  expect(text).toContain("お心当たりがない場合");
});
