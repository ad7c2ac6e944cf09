import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cardScreen } from "../../bot/blocks/card.ts";
import { detailsScreens } from "../../bot/blocks/details.ts";
import { screens, sections } from "../../bot/blocks/kit.ts";
import { caseList } from "../../bot/blocks/list.ts";
import { acceptModal, approveModal, declineModal, issueModal } from "../../bot/blocks/modals.ts";
import { parseCommand, typedYen } from "../../bot/grammar.ts";
import { maskKeys } from "../../bot/mask.ts";
import { edits, nearest } from "../../bot/nearest.ts";
import { openStaff } from "../../bot/staff.ts";
import { sayIn } from "../../bot/words.ts";
import type { Case, Check } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import { newAuthKey } from "../../core/guarantee/auth-key.ts";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import { REFUSAL_CODES } from "../../core/refusals.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { judgeMessage, judgeView } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { application, requested, words } from "./scene.ts";

const say = sayIn(words);
const wide = (text: string) =>
  text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).replaceAll(" ", "\u3000");

describe("what is typed after the command", () => {
  it("reads the same in any width", () => {
    const word = fc.constantFrom("引受", "詳細", "accept", "SHOW");
    const flags = fc.subarray(["-前払", "-中間", "-契約"]);
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 999_999 }), flags, fc.boolean(), (verb, n, some, after) => {
        const number = `A-${String(n).padStart(6, "0")}`;
        const text = (after ? [verb, number, ...some] : [verb, ...some, number]).join(" ");
        const read = parseCommand(text, say);
        expect(parseCommand(wide(text), say)).toEqual(read);
        expect(parseCommand(`  ${text.replaceAll(" ", " \u3000 ")} `, say)).toEqual(read);
        expect(read.reference).toBe(number);
        expect(read.kinds).toHaveLength(some.length);
      }),
    );
  });

  it("takes amounts as digits and nothing else", () => {
    expect(typedYen("65,000")).toBe(65_000);
    expect(typedYen("￥６５０００円")).toBe(65_000);
    for (const wrong of ["6,50", "約65000", "-5", "1e5", "", "65000.5"]) expect(typedYen(wrong)).toBeNull();
  });

  it("names flags that mean no product instead of ignoring them", () => {
    expect(parseCommand("引受 A-1 -全部", say).unknownFlags).toEqual(["-全部"]);
  });

  it("finds the nearest word, and none for noise", () => {
    expect(nearest("lsit", ["list", "help"])).toBe("list");
    expect(nearest("一欄", ["一覧", "照会"])).toBe("一覧");
    expect(nearest("xyz", ["一覧", "照会"])).toBeNull();
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => edits(a, b) === edits(b, a)));
  });
});

describe("keys in texts from letters", () => {
  it("are masked however they are written", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (bytes) => {
        const key = newAuthKey((length) => Uint8Array.from([...bytes.take(length)]));
        const grouped = `${key.slice(0, 4)} ${key.slice(4, 8)}-${key.slice(8)}`;
        for (const written of [key, key.toLowerCase(), wide(key), grouped, wide(grouped)])
          expect(maskKeys(`認証キー：${written}です`)).toBe("認証キー：●●●●●●●●●●●●です");
      }),
    );
  });

  it("leave numbers, addresses and ordinary words alone", () => {
    const text =
      "保証契約番号 20800-000017 A-000001 suzuki@tone-kensetsu.example 200000000000 construction 0297-68-2211";
    expect(maskKeys(text)).toBe(text);
  });
});

/** A case whose every text is as long as a letter can make it, in characters of three and four bytes. */
function hugeCase(length: number): Case {
  const long = "𠮷野町道改良工事・".repeat(Math.ceil(length / 9)).slice(0, length);
  const asked = GUARANTEE_KINDS.map((kind) => ({
    ...requested(kind, 9_999_999_999),
    depositBank: long,
    feePayment: long,
  }));
  const check: Check = {
    code: "ratio_within",
    kind: "performance",
    verdict: "fail",
    measured: "40.0 %",
    reason: "over_ceiling",
    rule: long,
    source: long,
  };
  return {
    ...{
      id: "00000000-0000-4000-8000-000000000000",
      receiptNumber: "A-000001",
      version: 7,
      openedAt: "2026-04-10T01:02:03.000Z",
    },
    ...{ letterId: "l", senderAddress: "suzuki@tone-kensetsu.example", trust: "registered" },
    application: application({
      worksTitle: long,
      message: long,
      contractorName: long,
      ordererName: long,
      guarantees: asked,
    }),
    problems: Array.from({ length: 20 }, () => ({
      field: "message",
      code: "unreadable",
      text: long.slice(0, 300),
    })),
    checks: [check, check],
    ...{ orderer: null, contractor: null },
    guarantees: asked.map((one) => ({
      id: `g-${one.kind}`,
      kind: one.kind,
      requested: one,
      status: "applied",
    })),
  };
}

describe("screens", () => {
  const lengths = fc.constantFrom(1, 40, 149, 151, 2999, 3001, 9000);
  const meta = { caseId: "c", version: 1, only: null, channel: "C", guarantees: [] };

  it("stay within Slack's limits and lose nothing, however long the letter was", () => {
    fc.assert(
      fc.property(lengths, (length) => {
        const found = hugeCase(length);
        const card = cardScreen(caseCard(found), say);
        const details = detailsScreens(found, [], words, say);
        const frame = {
          title: "一覧",
          empty: "",
          note: null,
          deed: "show" as const,
          now: "2026-04-12T00:00:00.000Z",
        };
        const list = caseList([found, { ...found, id: "another" }], frame, say);
        for (const screen of [...details, ...list]) expect(judgeMessage(screen.blocks)).toBeNull();
        expect(judgeMessage(card.blocks)).toBeNull();
        const all = details
          .map((screen) => readable(screen))
          .join("")
          .replaceAll("\n", "");
        expect(all).toContain((found.application.message ?? "").replaceAll("\n", ""));
      }),
      { numRuns: 14 },
    );
  });

  it("of modals stay within Slack's limits", () => {
    const found = hugeCase(200);
    const content: CertificateContent = {
      ...{
        kind: "performance",
        medium: "electronic",
        contractorName: "甲".repeat(200),
        contractorAddress: "乙".repeat(300),
      },
      ...{
        contractorRepresentative: "丙".repeat(100),
        jointVentureName: null,
        ordererName: "丁",
        guaranteedYen: 5_000_000,
      },
      ...{
        guaranteeUntil: "2027-03-31",
        worksTitle: "戊".repeat(3200),
        worksNumber: null,
        contractPriceYen: 50_000_000,
      },
      ...{
        fiscalYearYen: null,
        worksFrom: "2026-04-11",
        worksUntil: "2027-03-19",
        contractDate: "2026-04-10",
      },
      ...{ depositBank: null, handlingBranch: null },
    };
    const request = {
      content,
      contentHash: "h",
      maker: { employee: "1", name: "見本 作成" },
      requestedAt: "2026-04-10T01:02:03.000Z",
    };
    const modals = [
      acceptModal(found, found.guarantees, meta, words, say),
      declineModal(found, GUARANTEE_KINDS, meta, say),
      issueModal(found, [{ guaranteeId: "g", content }], meta, say),
      approveModal(found, [{ guaranteeId: "g", request }], meta, say),
    ];
    for (const modal of modals) {
      expect(judgeView(JSON.parse(JSON.stringify(modal)))).toBeNull();
      for (const text of [modal.title, modal.close, modal.submit])
        expect(text?.text.length ?? 0).toBeLessThanOrEqual(24);
    }
    expect(readable({ blocks: modals[3]?.blocks ?? [] })).toContain("5,000,000円");
  });

  it("show a case as its card: nothing that is not the channel's business", () => {
    const found: Case = { ...hugeCase(10), application: application({ message: "秘密の連絡" }) };
    const card = cardScreen(caseCard(found), say);
    expect(card).toMatchSnapshot();
    expect(JSON.stringify(card)).not.toMatch(/円|suzuki|秘密/);
  });

  it("split texts without cutting a character in two", () => {
    const text = "𠮷".repeat(5000);
    const pages = screens(text, sections(text));
    expect(pages.flatMap(({ blocks }) => blocks.map((b) => readable({ blocks: [b] }))).join("")).toBe(text);
    expect(pages[0]?.text.isWellFormed()).toBe(true);
  });
});

describe("wording", () => {
  it("has a sentence for every refusal, saying what helps", () => {
    for (const code of REFUSAL_CODES) expect(words.has("refusals", code), code).toBe(true);
    const json: Record<string, string> = JSON.parse(readFileSync("templates/ja/refusals.json", "utf8"));
    expect(Object.keys(json).sort()).toEqual([...REFUSAL_CODES].sort());
    for (const sentence of Object.values(json)) expect(sentence.length).toBeGreaterThan(30);
  });

  it("has words for every check and verdict", () => {
    const codes: Check["code"][] = [
      "electronic_accepted",
      "ratio_within",
      "performance_with_advance",
      "sender_registered",
      "contractor_registered",
      "orderer_registered",
      "complete",
    ];
    for (const code of codes)
      for (const verdict of ["pass", "fail", "unknown"])
        expect(words.has("checks", `${code}.${verdict}`), `${code}.${verdict}`).toBe(true);
  });
});

describe("the staff file", () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const person = { slack: "U1", employee: "1", name: "甲", roles: ["approver"], branch: null };

  it("is reread when it changes, and a broken one changes nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "staff-"));
    const file = join(folder, "staff.json");
    let second = 1_700_000_000;
    const write = (text: string) => {
      writeFileSync(file, text);
      second += 10;
      utimesSync(file, second, second);
    };
    write(JSON.stringify([person]));
    const staff = openStaff(file, log);
    expect(staff.bySlack("U1")?.name).toBe("甲");
    write("[{");
    expect(staff.bySlack("U1")?.name).toBe("甲");
    write(JSON.stringify([person, { ...person, name: "乙" }]));
    expect(staff.bySlack("U1")?.name).toBe("甲");
    write(
      JSON.stringify([
        { ...person, slack: "U2" },
        { ...person, slack: "U3" },
      ]),
    );
    expect(staff.bySlack("U1")).toBeNull();
    expect(staff.peopleWho("approve")).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});
