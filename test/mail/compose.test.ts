import fc from "fast-check";
import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import type { LetterContent } from "../../core/letters.ts";
import { readHeader } from "../../mail/intake/header.ts";
import { loopReason } from "../../mail/intake/loops.ts";
import { application, composedWith, DESK, IDS, issued, letter, NOTICE } from "./composed.ts";

describe("every letter", () => {
  it("says that a machine answers, stands in its thread and is one our own wall stops", async () => {
    const { composed, mail, raw } = await letter({
      template: "receipt",
      receiptNumber: "A-000123",
      application,
      senderRegistered: true,
    });
    expect(mail.headers.get("auto-submitted")).toBe("auto-replied");
    expect(mail.inReplyTo).toBe("<q@tone.example>");
    expect(mail.references).toEqual(["<first@tone.example>", "<q@tone.example>"]);
    expect(mail.messageId).toBe(composed.messageId);
    expect(composed.messageId).toMatch(/^<desk\.[0-9a-f-]{36}\.[a-z2-7]{20}@mihon-hosho\.example>$/);
    expect(mail.from?.text).toBe(DESK);
    expect(mail.date?.toISOString()).toBe("2026-04-10T01:02:03.000Z");
    expect(raw).toMatch(/Content-Type: text\/plain; charset=utf-8/);
    expect(IDS.idOf(composed.messageId)).toBe(composed.id);
    expect(loopReason(readHeader(composed.bytes).fields, "other@example.org", IDS)).toBe("own_letter");
  });

  it("is generated, not replied, when it answers nothing", async () => {
    const { mail } = await letter(issued, { replyTo: null });
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail.inReplyTo).toBeUndefined();
  });

  it("names who wrote it and where to ask", async () => {
    const { text } = await letter({ template: "not_registered" });
    expect(text).toContain("見本建設業保証株式会社");
    expect(text).toContain(DESK);
  });

  it("cannot be given another header by what a sender wrote", async () => {
    const evil = "工事\r\nBcc: evil@evil.example\r\n\r\n{{deskAddress}}";
    const content: LetterContent = {
      template: "receipt",
      receiptNumber: "A-000123",
      application: { ...application, worksTitle: evil, contractorName: evil },
      senderRegistered: true,
    };
    const { mail, text } = await letter(content, {
      replyTo: { messageId: "<a@b>\r\nBcc: evil@evil.example", references: [], subject: evil },
    });
    expect(mail.bcc).toBeUndefined();
    expect(text).toContain("{{deskAddress}}");
  });

  it("carries any name through, rare characters too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[ぁ-ん一-龠髙﨑𠮷A-Za-z0-9・（）]{1,40}$/u), async (name) => {
        const { text } = await letter({
          template: "receipt",
          receiptNumber: "A-000001",
          application: { ...application, worksTitle: name },
          senderRegistered: true,
        });
        expect(text).toContain(name);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the envelope of a letter", () => {
  const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const content = { template: "not_registered" } as const;

  it("names the desk, or with return paths of their own an address that leads back to this very letter", async () => {
    const plain = await composedWith(content, { newId: () => ID });
    expect(plain.envelopeFrom).toBe(DESK);
    const verp = await composedWith(content, { newId: () => ID, verp: true });
    expect(verp.envelopeFrom).toMatch(/^hosho\+b\..*@mihon-hosho\.example$/);
    expect(IDS.idOfBounceAddress(verp.envelopeFrom)).toBe(ID);
    expect(Buffer.from(verp.bytes).toString("latin1")).not.toContain("+b.");
  });

  it("names the desk when its address leaves no room for more", async () => {
    const from = `${"a".repeat(20)}@mihon-hosho.example`;
    expect((await composedWith(content, { from, verp: true })).envelopeFrom).toBe(from);
  });

  it("holds the same bytes for the same letter, id and time; another id gives others", async () => {
    const [one, two] = [
      await composedWith(issued, { newId: () => ID }),
      await composedWith(issued, { newId: () => ID }),
    ];
    expect(Buffer.compare(Buffer.from(one.bytes), Buffer.from(two.bytes))).toBe(0);
    expect(one.messageId).toBe(two.messageId);
    expect((await composedWith(issued)).messageId).not.toBe(one.messageId);
  });

  it("holds the letter as the signature left it", async () => {
    const sign = async (bytes: Buffer) => Buffer.concat([Buffer.from("DKIM-Signature: x\r\n"), bytes]);
    const { bytes } = await composedWith(content, { sign });
    expect(Buffer.from(bytes).toString("latin1")).toMatch(
      /^DKIM-Signature: x\r\n(.|\r|\n)*Message-ID:\s+<desk\./,
    );
  });
});

describe("letters of a case bear its number and purpose in the subject", () => {
  const base = { receiptNumber: "A-000123", application } as const;
  it.each<[string, LetterContent]>([
    ["受付", { ...base, template: "receipt", senderRegistered: true }],
    ["ご確認", { ...base, template: "questions", senderRegistered: true, problems: [] }],
    ["謝絶", { ...base, template: "declined", kinds: ["performance"], reason: "理由" }],
    ["保証料", { ...base, template: "fee_due", fees: [], totalYen: 0, lump: false }],
    ["「電子保証（認証キー）発行完了のお知らせ」", issued],
  ])("%s", async (word, content) => {
    const { mail, composed } = await letter(content);
    expect(mail.subject).toContain(word);
    expect(mail.subject).toContain("A-000123");
    expect(composed.subject).toBe(mail.subject);
  });
});

describe("an incomplete application", () => {
  it("gets each problem in one line and hears that a reply corrects it", async () => {
    const problems = [
      {
        field: "worksUntil",
        code: "missing" as const,
        text: "工期の終期が記載されていません。\n年月日（例：令和8年4月10日）をお知らせください。",
      },
      { field: "contractPriceYen", code: "ambiguous" as const, text: "請負金額が二通りに読めます。" },
    ];
    const { text } = await letter({
      template: "questions",
      receiptNumber: "A-000123",
      application: { ...application, worksUntil: null },
      problems,
      senderRegistered: false,
    });
    expect(text).toContain(
      "\n1．工期の終期が記載されていません。 年月日（例：令和8年4月10日）をお知らせください。\n2．請負金額",
    );
    expect(text).toContain("このメールに返信");
    expect(text).toContain("ご登録がございません");
  });
});

describe("where a case stands", () => {
  const STATES = [
    ...["applied", "returned", "accepted", "fee_awaited", "awaiting_approval"],
    ...["in_force", "cancelled", "released", "declined", "withdrawn"],
  ] as const;
  const standing = (state: (typeof STATES)[number], receiptNumber = "A-000123") => ({
    ...{ receiptNumber, application, problems: [] },
    products: [
      { kind: "advance_payment" as const, state },
      { kind: "performance" as const, state: "applied" as const },
    ],
  });
  const open = [
    { field: "worksUntil", code: "missing" as const, text: "工期の終期が記載されていません。" },
    { field: "contractDate", code: "missing" as const, text: "請負契約日が記載されていません。" },
  ];

  it.each(STATES)("%s has a sentence a product, and the letter bears the case's number", async (state) => {
    const { mail, text } = await letter({ template: "status", cases: [standing(state)] });
    expect(mail.subject).toContain("A-000123");
    expect(text).toMatch(
      /工事名　　町道112号線改良工事\n\n・前払金保証：.+。\n・契約保証：.+。\n\nご不明の点/,
    );
    expect(text).not.toMatch(/円|\n\n\n/);
  });

  it("what is still to be answered stands once, whatever the products", async () => {
    const { text } = await letter({
      template: "status",
      cases: [{ ...standing("applied"), problems: open }],
    });
    expect(text).toMatch(/受付済みですが.+。\n1．工期の終期が.+。\n2．請負契約日が.+。\n\nご不明の点/);
    expect(text).not.toContain("審査をしております");
  });

  it("several cases are told apart, and no reply could name them all", async () => {
    const cases = [standing("in_force"), { ...standing("applied", "A-000124"), problems: open }];
    const { mail, text } = await letter({ template: "status", cases });
    expect(mail.subject).toMatch(/（2件）$/);
    expect(text).toMatch(/【受付番号 A-000123】\n.*発行済み.*\n\n【受付番号 A-000124】\n.*1．工期の終期/s);
    expect(text).toContain("受付番号を1つだけ");
    expect(text).not.toContain("\n\n\n");
  });
});

describe("letters about no case", () => {
  it("the form's lists its files, and they are attached as they are", async () => {
    const file = { filename: "申込書.xlsx", contentType: "application/x-test", content: Buffer.from("PK") };
    const { mail, text } = await letter({ template: "blank_form" }, { attachments: [file] });
    expect(mail.subject).toContain("申込書");
    expect(text).toContain("【添付ファイル】\n・申込書.xlsx\n\n");
    expect(mail.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ["申込書.xlsx", "PK"],
    ]);
  });

  it("an application of which no case was made gets the reasons, numbered", async () => {
    const problems = [
      { field: "application", code: "ambiguous" as const, text: "1通のメールに\n複数の工事があります。" },
    ];
    const { mail, text } = await letter({ template: "send_again", problems });
    expect(text).toContain("\n\n1．1通のメールに 複数の工事があります。\n\n");
    expect(`${mail.subject}${text}`).not.toMatch(/A-\d{6}/);
  });

  it("the one about a wrong document says what is needed and repeats nothing", async () => {
    const { text } = await letter({ template: "wrong_document" });
    expect(text).toContain("保証契約番号");
    expect(text).toContain("認証キー（英数字12文字）");
    // A number of ours in the quoted text of a reply would be looked up.
    expect(text).not.toMatch(/\d{5}-\d{6}/);
  });
});

describe("the fee", () => {
  const fees = [{ kind: "advance_payment" as const, guaranteedYen: 20_000_000, feeYen: 65_000 }];
  const base = {
    template: "fee_due",
    receiptNumber: "A-000123",
    application,
    fees,
    totalYen: 65_000,
  } as const;

  it("is told with its amounts and asked for", async () => {
    const { text } = await letter({ ...base, lump: false });
    expect(text).toMatch(/前払金保証\s+20,000,000円\s+65,000円/);
    expect(text).toContain("保証料の合計：65,000円");
    expect(text).toContain("お支払いください");
  });

  it("is not asked for now from who pays monthly", async () => {
    const { text } = await letter({ ...base, lump: true });
    expect(text).toContain("このたびのお支払いは不要");
    expect(text).not.toContain("お支払いください");
  });
});

describe("the letter of issue", () => {
  it("shows the certificate to be checked, in columns", async () => {
    const { text } = await letter(issued, { attachments: [NOTICE] });
    expect(text).toMatch(/保証金額\s+20,000,000円/);
    expect(text).toMatch(/保証期限\s+令和9年3月19日/);
    expect(text).toMatch(/電子保証発行日時\s+令和8年4月20日 10時02分/);
    expect(text).toContain("髙﨑建設株式会社");
    expect(text).toContain("𠮷田");
  });

  it("carries the notice, and the orderer's mail as text and as a file that sends as it is", async () => {
    const { mail, text } = await letter(issued, { attachments: [NOTICE] });
    expect(mail.attachments.map((one) => one.filename)).toEqual([NOTICE.filename, "提出用メール下書き.eml"]);
    const draft = await simpleParser(mail.attachments[1]?.content ?? "");
    expect(draft.headers.get("x-unsent")).toBe("1");
    expect([draft.from, draft.messageId, draft.date]).toEqual([undefined, undefined, undefined]);
    expect(draft.subject).toBe("【前払金保証】町道112号線改良工事");
    expect(draft.attachments.map((one) => [one.filename, one.content.toString()])).toEqual([
      [NOTICE.filename, "%PDF-1.7 notice"],
    ]);
    expect(text).toContain("宛先：nyusatsu@town.tone.example");
    expect(text).toContain(`件名：${draft.subject}`);
    expect(text).toContain((draft.text ?? "").trim());
    expect(text).toContain("前払金請求書");
    expect(text).toContain("お電話");
  });
});

it("a stranger's letter holds no figure, number or name of anybody's guarantee", async () => {
  const { mail, text } = await letter(
    { template: "not_registered" },
    { replyTo: { messageId: "<a@b.example>", references: [], subject: "照会 20800-000017" } },
  );
  expect(`${mail.subject} ${text}`).not.toMatch(/\d{5}-\d{6}|A-\d{6}|円|工事/);
});
