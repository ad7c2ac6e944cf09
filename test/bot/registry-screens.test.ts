import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contractorList, contractorScreens, pastScreens } from "../../bot/blocks/contractor.ts";
import { ordererList, ordererScreens } from "../../bot/blocks/orderer.ts";
import { confirmChangeModal, contractorModal, refuseChangeModal } from "../../bot/blocks/registry-modals.ts";
import { deskScreens } from "../../bot/blocks/thread.ts";
import { sayIn } from "../../bot/words.ts";
import { registryHash } from "../../core/desk/registry/changes.ts";
import type { ContractorView } from "../../core/desk/registry/contractor.ts";
import type { StaffMember } from "../../core/policy.ts";
import {
  ACCEPTANCE_BASES,
  type Contractor,
  type Orderer,
  ordererSchema,
  WORK_KINDS,
} from "../../core/registry.ts";
import type { ChangeContent, RegistryChange } from "../../core/rows/registry.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { loadWords } from "../../templates/words.ts";
import { judgeMessage, judgeView } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";

/** Every screen of the registries stays within Slack's limits, however much an imported file says. */

const words = loadWords();
const say = sayIn(words);
const AT = "2026-04-10T01:02:03.000Z";
const BY: StaffMember = {
  ...{ slack: "U_REG", employee: "1004", name: "田中 三郎", branch: null },
  roles: ["registrar", "approver"],
};
const long = (length: number) =>
  "𠮷野町道改良工事・"
    .repeat(Math.ceil(length / 9))
    .slice(0, length)
    .toWellFormed();
const addresses = (count: number) =>
  Array.from({ length: count }, (_, i) => `${"x".repeat(60)}${i}@${"y".repeat(60)}.example`);

const contractor = (length: number, count: number): Contractor => ({
  ...{ name: long(length), address: long(1.5 * length), representative: long(length / 2) },
  ...{ addresses: addresses(count), lumpFee: true, branch: long(length / 2) },
});
const proposal = (content: ChangeContent): RegistryChange => ({
  ...{ id: "00000000-0000-4000-8000-000000000000", registry: "contractor", subject: "s", version: 9 },
  ...{ entryId: "e", content, contentHash: registryHash(content), maker: { employee: "9", name: long(50) } },
  ...{ proposedAt: AT, state: "open", checker: null, decidedAt: null, reason: null, approvals: 2 },
});
const meta = JSON.stringify({ channel: "C", id: "x".repeat(36), version: 1, hash: "0".repeat(64) });

const orderer = (count: number): Orderer => {
  const many = <T>(one: T): T[] => Array.from({ length: count }, () => one);
  const scope = { products: [...GUARANTEE_KINDS], workKinds: [...WORK_KINDS] };
  return ordererSchema.parse({
    ...{ name: long(100), certificateName: long(100), prefecture: long(10), branch: long(100) },
    mailboxes: addresses(count).map((address) => ({
      address,
      office: long(100),
      products: [...GUARANTEE_KINDS],
    })),
    acceptance: ACCEPTANCE_BASES.map((basis) => ({
      ...{ ...scope, guarantorKinds: ["surety_company"], basis, from: "2026-03", needsNamedApproval: true },
      ...{ paperAllowed: false, summary: long(1000), source: long(1000) },
    })),
    amounts: many({
      ...scope,
      ratioMax: 0.45,
      totalRatioMax: 0.6,
      ratioMin: 0.1,
      lowBidRatioMin: 0.3,
      daysMin: 9,
    }),
    routes: many({
      ...{ products: scope.products, kind: "mail", to: addresses(60), cc: addresses(5), note: long(1000) },
      ...{ subjectTemplate: long(300), bodyItems: Array.from({ length: 20 }, () => long(300)) },
    }),
  });
};

describe("a screen of the registries", () => {
  it("is taken by Slack at the limits of an imported file", () => {
    const big = contractor(200, 200);
    const open = proposal({ kind: "contractor", before: big, after: contractor(200, 10) });
    const view: ContractorView = {
      ...{ contractor: { ...big, id: "c" }, hash: "h", cases: 99_999, open },
      since: new Map(big.addresses.map((one) => [one, AT])),
    };
    const past = Array.from({ length: 20 }, () => ({
      at: AT,
      before: big,
      after: contractor(190, 200),
      change: open,
    }));
    const town = orderer(20);
    const mailboxes = town.mailboxes.map((mailbox) => ({ mailbox, hash: registryHash(mailbox), open: null }));
    const list = Array.from({ length: 10 }, (_, i) => ({ ...big, id: `c${i}` }));
    const towns = Array.from({ length: 10 }, (_, i) => ({ ...town, id: `o${i}` }));
    const frame = { title: long(200), note: long(200), by: BY };
    const screens = [
      ...contractorScreens(view, BY, 2, say),
      ...contractorList(list, frame, say),
      ...pastScreens({ contractor: big, past, more: true }, say),
      ...ordererScreens({ orderer: { ...town, id: "o" }, mailboxes, today: "2026-02-01" }, BY, 2, say),
      ...ordererList(towns, frame, say),
    ];
    for (const screen of screens) expect(judgeMessage(screen.blocks as never)).toBeNull();
    expect(
      screens
        .flatMap(({ blocks }) => blocks)
        .map((block) => readable({ blocks: [block as never] }))
        .join(),
    ).toContain("このほか150件");
  });

  it("as a modal is taken, too, whatever is proposed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 200 }), (length, count) => {
        const before = contractor(length, count);
        const editable = contractor(length, Math.min(count, 10));
        const changed = { kind: "contractor", before, after: editable } as const;
        const elsewhere = editable.addresses.map((address) => ({
          address,
          names: [long(200), long(200), long(200)],
        }));
        const [mailbox] = orderer(1).mailboxes;
        if (mailbox === undefined) throw new Error("no mailbox");
        const trusted = { kind: "mailbox", prefecture: "茨城県", ordererName: long(100), mailbox } as const;
        const modals = [
          contractorModal(null, meta, say),
          contractorModal(editable, meta, say),
          ...[changed, { ...changed, before: null }, trusted].flatMap((content) => [
            confirmChangeModal(proposal(content), elsewhere, meta, say),
            refuseChangeModal(proposal(content), meta, say),
          ]),
        ];
        for (const modal of modals) expect(judgeView(modal as never)).toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  it("in the desk's channel says what to do, and of a reason everything but addresses", () => {
    const about = {
      changeId: "c",
      version: 1,
      what: "changed",
      name: "利根建設株式会社",
      addresses: true,
    } as const;
    const text = (event: Parameters<typeof deskScreens>[0]) =>
      deskScreens(event, words, say)
        .flatMap(({ blocks }) => blocks.map((block) => readable({ blocks: [block as never] })))
        .join("\n");
    expect(text({ ...about, event: "registry_requested", by: "田中", alone: false })).toMatch(
      /メールアドレスを含む[\s\S]*とは別の[\s\S]*\[確認する\]/,
    );
    const reason = "ａ＠ｂ.exampleではなくc@d.exampleです";
    const decided = {
      ...about,
      event: "registry_decided",
      state: "refused",
      by: "鈴木",
      maker: "田中",
      reason,
    } as const;
    expect(text(decided)).toContain("理由：（アドレス）ではなく（アドレス）です");
  });
});
