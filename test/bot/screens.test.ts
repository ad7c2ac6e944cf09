import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cardScreen } from "../../bot/blocks/card.ts";
import { detailsScreens } from "../../bot/blocks/details.ts";
import { screens, sections } from "../../bot/blocks/kit.ts";
import { caseList } from "../../bot/blocks/list.ts";
import { parkedScreen, parkedScreens } from "../../bot/blocks/recover.ts";
import { sayIn } from "../../bot/words.ts";
import type { Case, Check } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import type { Parked } from "../../core/desk/recover.ts";
import type { StoredLetter } from "../../core/rows/letters.ts";
import type { OutboundRow } from "../../core/rows/outbox.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { application, requested } from "../desk/application.ts";
import { judgeMessage, judgeView } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { modalFixtures } from "./modal-fixtures.ts";
import { words } from "./scene.ts";

const say = sayIn(words);

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
      changedAt: "2026-04-10T01:02:03.000Z",
      origin: "mail",
    },
    ...{
      reviews: [],
      ended: null,
      tasks: [],
      undelivered: null,
      letterId: "l",
      senderAddress: "suzuki@tone-kensetsu.example",
      trust: "registered",
    },
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

function parkedIn(id: string, subject: string): Extract<Parked, { kind: "in" }> {
  const since = "2026-04-10T01:02:03.000Z";
  const letter: StoredLetter = {
    ...{
      id,
      receivedAt: since,
      sealedRaw: Uint8Array.of(1),
      size: 12_345,
      oversize: false,
      answerable: true,
    },
    ...{
      state: "parked",
      attempts: 3,
      kind: null,
      sender: "suzuki@tone-kensetsu.example",
      fromAddress: null,
    },
    ...{ subject, caseId: null, reason: "unreadable", uncapped: false },
  };
  return { kind: "in", letter, reason: "unreadable", since };
}

function parkedOut(reason: string): Parked {
  const since = "2026-04-12T00:02:03.000Z";
  const row: OutboundRow = {
    ...{
      id: `o-${reason}`,
      caseId: null,
      to: "suzuki@tone-kensetsu.example",
      envelopeFrom: "desk@hosho.example",
    },
    ...{ template: "issued", messageId: "<m@hosho.example>", subject: "認証キーのお知らせ A-000001" },
    ...{
      sealedBytes: Uint8Array.of(1),
      state: "parked",
      attempt: 2,
      createdAt: since,
      doubtSince: null,
      leasedUntil: null,
    },
    ...{ suppressed: reason === "suppressed", detail: `${reason}: ETIMEDOUT` },
  };
  return { kind: "out", row, reason, since, mayHaveArrived: reason === "interrupted_while_sending" };
}

describe("screens", () => {
  const lengths = fc.constantFrom(1, 40, 149, 151, 2999, 3001, 9000);

  it("stay within Slack's limits and lose nothing, however long the letter was", () => {
    fc.assert(
      fc.property(lengths, (length) => {
        const found = hugeCase(length);
        const card = cardScreen(caseCard(found), words);
        const details = detailsScreens(found, { seen: [], letters: [], more: false }, words, say);
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

  it.each([1, 200, 500])("of modals stay within Slack's limits, with texts of %i characters", (length) => {
    for (const { name, modal } of modalFixtures(length)) {
      expect([name, judgeView(JSON.parse(JSON.stringify(modal)))]).toEqual([name, null]);
      for (const text of [modal.title, modal.close, modal.submit])
        expect(text?.text.length ?? 0).toBeLessThanOrEqual(24);
    }
    const approve = modalFixtures(length).find(({ name }) => name === "approve")?.modal;
    expect(readable({ blocks: approve?.blocks ?? [] })).toContain("5,000,000円");
  });

  it("show a case as its card: nothing that is not the channel's business", () => {
    const found: Case = { ...hugeCase(10), application: application({ message: "秘密の連絡" }) };
    const card = cardScreen(caseCard(found), words);
    expect(card).toMatchSnapshot();
    expect(JSON.stringify(card)).not.toMatch(/円|suzuki|秘密/);
  });

  it("show what waits for a person: both directions, why, and what can be done", () => {
    const frame = { now: "2026-04-12T01:02:03.000Z", note: null };
    const held = { ...parkedIn("2", "ご照会"), reason: "cap_sender" };
    const list = [
      { ...held, letter: { ...held.letter, id: "i1" } },
      held,
      parkedOut("gave_up"),
      parkedOut("interrupted_while_sending"),
    ];
    expect(parkedScreens(list, frame, words, say)).toMatchSnapshot();
  });

  it("show one that waits, without a key and without the text of a letter out", () => {
    const opened = {
      subject: "照会 ABCDEFGHJKLM",
      text: "認証キー ABCDEFGHJKLM です。",
      files: ["図面.pdf"],
    };
    const screens = [
      ...parkedScreen(parkedIn("1", "照会"), opened, words, say),
      ...parkedScreen(parkedOut("suppressed"), null, words, say),
    ];
    expect(screens).toMatchSnapshot();
    expect(JSON.stringify(screens)).not.toContain("ABCDEFGHJKLM");
  });

  it("of waiting letters stay within Slack's limits, and no half of a key is left at the cut", () => {
    const key = "ABCDEFGHJKLM";
    fc.assert(
      fc.property(
        fc.integer({ min: 1900, max: 4100 }),
        fc.constantFrom("甲", "𠮷", "a ", ". "),
        (length, filler) => {
          const text = `${filler.repeat(length).slice(0, length)} ${key} ${filler.repeat(3000)}`;
          const many = Array.from({ length: 20 }, (_, i) => parkedIn(String(i), text));
          const opened = { subject: text, text, files: Array.from({ length: 50 }, () => text) };
          const pages = [
            ...parkedScreens(many, { now: "2026-04-12T01:02:03.000Z", note: "続き" }, words, say),
            ...parkedScreen(parkedIn("1", text), opened, words, say),
          ];
          for (const page of pages) {
            expect(judgeMessage(page.blocks)).toBeNull();
            expect(JSON.stringify(page)).not.toContain(key.slice(0, 4));
            // A letter and its buttons stay on one page.
            expect(page.blocks[0]?.type).not.toBe("actions");
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("split texts without cutting a character in two", () => {
    const text = "𠮷".repeat(5000);
    const pages = screens(text, sections(text));
    expect(pages.flatMap(({ blocks }) => blocks.map((b) => readable({ blocks: [b] }))).join("")).toBe(text);
    expect(pages[0]?.text.isWellFormed()).toBe(true);
  });
});
