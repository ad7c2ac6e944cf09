import { emptyApplication } from "../../bot/blocks/application-entered.ts";
import {
  contractorList,
  contractorMissing,
  contractorScreens,
  pastScreens,
} from "../../bot/blocks/contractor.ts";
import { newCaseModal } from "../../bot/blocks/new-case.ts";
import { ordererList, ordererScreens } from "../../bot/blocks/orderer.ts";
import { quoteScreens } from "../../bot/blocks/quote.ts";
import { confirmChangeModal, contractorModal, refuseChangeModal } from "../../bot/blocks/registry-modals.ts";
import { reviewModal } from "../../bot/blocks/review.ts";
import { statsScreens } from "../../bot/blocks/stats.ts";
import { storyScreens } from "../../bot/blocks/story.ts";
import { sayIn } from "../../bot/words.ts";
import type { ContractorView } from "../../core/desk/registry/contractor.ts";
import type { FeeTable } from "../../core/guarantee/fee-tables.ts";
import { feeOf } from "../../core/guarantee/fees.ts";
import type { StaffMember } from "../../core/policy.ts";
import { type Contractor, ordererSchema } from "../../core/registry.ts";
import type { RegistryChange } from "../../core/rows/registry.ts";
import type { StoryLine } from "../../core/rows/reports.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { loadWords } from "../../templates/words.ts";
import { messages, type ScreenFixture } from "./fixture.ts";
import { AT, caseIn, textOf } from "./screen-samples.ts";

/** Screens about no single guarantee: the application's forms, the registries, quotes, figures, a case's story. */

const words = loadWords();
const say = sayIn(words);
const META = JSON.stringify({ channel: "C", id: "x".repeat(36), version: 1, hash: "0".repeat(64) });
const MAKER = { employee: "1001", name: "見本 作成" };

export function deskFixtures(length: number, by: StaffMember): ScreenFixture[] {
  const registry = Math.min(length, 200);
  return [...forms(length), ...contractors(registry, by), ...orderers(registry, by), ...reports(length)];
}

function forms(length: number): ScreenFixture[] {
  const applied = caseIn("applied", length);
  const [check] = applied.checks;
  const open = check === undefined ? [] : [check, { ...check, kind: null, verdict: "unknown" as const }];
  const found = { ...applied, checks: open, problems: applied.problems.slice(0, 3) };
  const fixed = { ...caseIn("in_force", length), problems: [], checks: [] };
  const views = {
    review: reviewModal(found, [0, 2], META, words, say),
    "review of what is issued": reviewModal(fixed, [], META, words, say),
    "new case": newCaseModal(emptyApplication(), META, words, say),
  };
  return Object.entries(views).map(([name, payload]) => ({ name, kind: "view", payload }));
}

function contractors(length: number, by: StaffMember): ScreenFixture[] {
  const before: Contractor = {
    ...{ name: textOf(length), address: "茨城県北相馬郡利根町布川1", representative: "代表取締役 利根 太郎" },
    ...{ addresses: ["suzuki@tone-kensetsu.example"], lumpFee: false, branch: "茨城支店" },
  };
  const after = { ...before, addresses: ["keiri@tone-kensetsu.example"], lumpFee: true };
  const change: RegistryChange = {
    ...{ id: "c1", registry: "contractor", subject: "s", version: 2, entryId: "e", contentHash: "h" },
    ...{ content: { kind: "contractor", before, after }, maker: MAKER, proposedAt: AT, state: "open" },
    ...{ checker: null, decidedAt: null, reason: null, approvals: 2 },
  };
  const view: ContractorView = {
    ...{ contractor: { ...before, id: "e" }, hash: "h", cases: 12, open: change },
    since: new Map([["suzuki@tone-kensetsu.example", AT]]),
  };
  const done = { ...change, state: "confirmed" as const, checker: { employee: "1002", name: "見本 確認" } };
  const past = [
    { at: AT, before, after, change: done },
    { at: AT, before: null, after: before, change: null },
  ];
  const frame = { title: say("registry.pickRecent", { count: "2" }), note: null, by };
  const two = ["e", "f"].map((id) => ({ ...before, id }));
  const elsewhere = [{ address: "keiri@tone-kensetsu.example", names: ["見本建設株式会社"] }];
  const modals = {
    "contractor new": contractorModal(null, META, say),
    "contractor edit": contractorModal(before, META, say),
    "registry confirm": confirmChangeModal(change, elsewhere, META, say),
    "registry refuse": refuseChangeModal(change, META, say),
  };
  return [
    ...messages("contractor", contractorScreens(view, by, 2, say)),
    ...messages("contractor list", contractorList(two, frame, say)),
    ...messages("contractor none", contractorMissing(say("registry.notFound", { words: "利根" }), by, say)),
    ...messages("contractor history", pastScreens({ contractor: before, past, more: true }, say)),
    ...Object.entries(modals).map(([name, payload]): ScreenFixture => ({ name, kind: "view", payload })),
  ];
}

function orderers(length: number, by: StaffMember): ScreenFixture[] {
  const scope = { products: ["advance_payment"], workKinds: ["works"] };
  const town = ordererSchema.parse({
    ...{ name: "利根町", certificateName: "利根町長", prefecture: "茨城県", branch: "茨城支店" },
    mailboxes: [
      { address: "keiyaku@town.tone.example", office: "財政課", products: [], confirmed: true },
      { domain: "town.tone.example", office: null, products: [] },
    ],
    acceptance: [
      {
        ...{ ...scope, guarantorKinds: ["surety_company"], basis: "contract", from: "2026-03" },
        ...{ summary: textOf(length), source: "https://town.example/rule" },
      },
    ],
    amounts: [{ ...scope, ratioMax: 0.4, roundDownYen: 100_000 }],
    routes: [{ products: scope.products, kind: "mail", to: ["keiyaku@town.tone.example"] }],
  });
  const mailboxes = town.mailboxes.map((mailbox) => ({ mailbox, hash: "h", open: null }));
  const view = { orderer: { ...town, id: "o" }, mailboxes, today: "2026-04-10" };
  const frame = { title: say("registry.pickOrderers", { count: "1" }), note: null };
  return [
    ...messages("orderer", ordererScreens(view, by, 2, say)),
    ...messages("orderer list", ordererList([view.orderer], frame, say)),
  ];
}

const TABLE: FeeTable = {
  ...{ products: ["advance_payment"], from: "2026-04-01", until: null, minimumYen: 0, roundDownYen: 10 },
  ...{ method: "marginal", periods: null, source: "見本の料率表", sample: true },
  bands: [
    { upToYen: 10_000_000, rate: "0.35" },
    { upToYen: null, rate: "0.25" },
  ],
};

function reports(length: number): ScreenFixture[] {
  const quotes = GUARANTEE_KINDS.map((kind) => {
    const days = { worksFrom: "2026-04-11", worksUntil: "2027-03-19", day: "2026-04-10" };
    const asked = { kind, guaranteedYen: 20_000_000, ...days };
    return { asked, answer: feeOf([TABLE], asked) };
  });
  const counts = {
    ...{ received: 14, issued: 13, issuedYen: 260_000_000 },
    ...{ declined: 1, withdrawn: 0, cancelled: 1 },
  };
  const group = { ...counts, rest: 0 };
  const figures = {
    ...{ cases: 9, all: counts, hoursToIssue: { median: 24, p90: 196.8 }, oldestWaiting: AT },
    groups: [
      { ...group, dimension: "branch" as const, name: textOf(Math.min(length, 300)) },
      { ...group, dimension: "product" as const, name: "performance" },
      { ...group, dimension: "orderer" as const, name: null, rest: 4 },
      { ...group, dimension: "medium" as const, name: "paper" },
    ],
    waiting: [{ state: "fee_awaited" as const, count: 2 }],
  };
  const none = {
    ...figures,
    cases: 0,
    all: { ...counts, received: 0, issued: 0, declined: 0, cancelled: 0 },
  };
  const span = { from: "2026-04-01", until: "2026-05-01" };
  const story = { caseId: "c", receiptNumber: "A-000001", offset: 0, total: 40, lines: storyLines(length) };
  return [
    ...messages("quote", quoteScreens(quotes, "A-000001", say)),
    ...messages("statistics", statsScreens({ span, figures }, words, say)),
    ...messages("statistics of nothing", statsScreens({ span, figures: none }, words, say)),
    ...messages("story", storyScreens(story, words, say)),
    ...messages("story of nothing", storyScreens({ ...story, total: 0, lines: [] }, words, say)),
  ];
}

function storyLines(length: number): StoryLine[] {
  const entry = { what: "entry" as const, at: AT, serial: 7, hash: "0123456789abcdef".repeat(4), kind: null };
  const staff = { kind: "staff" as const, actor: MAKER };
  const sender = { kind: "sender" as const, address: "suzuki@tone-kensetsu.example" };
  return [
    { ...entry, actor: sender, action: "case_opened", cause: "letter:l1", data: {} },
    {
      ...{ ...entry, actor: staff, kind: "performance" as const, action: "declined", cause: "command:c1" },
      data: { reason: textOf(length) },
    },
    {
      ...{ what: "letter_out" as const, at: AT, template: "declined", to: sender.address },
      ...{ state: "sent" as const, stateAt: AT },
      entry: { serial: 9, hash: entry.hash, cause: "command:c1" },
    },
    {
      ...{ what: "letter_out" as const, at: AT, template: "receipt", to: "" },
      ...{ state: "closed" as const, stateAt: AT, entry: null },
    },
    {
      ...{ what: "letter_out" as const, at: AT, template: "fee_due", to: sender.address },
      ...{ state: "missing" as const, stateAt: AT },
      entry: { serial: 8, hash: entry.hash, cause: "accept:c1:2" },
    },
    {
      ...{ what: "verified" as const, at: AT, number: "00042-000123", ordererName: "利根町長" },
      address: "keiyaku@town.tone.example",
      entry: { serial: 10, hash: entry.hash, cause: "letter:l2" },
    },
  ];
}
