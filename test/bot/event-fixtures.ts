import { deskScreens, threadScreens } from "../../bot/blocks/thread.ts";
import { sayIn } from "../../bot/words.ts";
import type { DeskEvent, RecoveryEvent, ThreadEvent } from "../../core/announcements.ts";
import type { Check } from "../../core/case.ts";
import { CHANGE_KINDS } from "../../core/guarantee/guarantee.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { loadWords } from "../../templates/words.ts";
import { messages, type ScreenFixture } from "./fixture.ts";

/** Every message that a committed step leaves in a thread or in the desk's channel. */

const words = loadWords();
const say = sayIn(words);
const letterId = "l1";
const [from, by, maker, number] = [
  "suzuki@tone-kensetsu.example",
  "見本 花子",
  "見本 作成",
  "00042-000123",
] as const;
const kinds = [...GUARANTEE_KINDS];
const kind = "performance" as const;
const reason = "記載の工期が請負契約書と異なるため";
const check: Check = {
  ...{ code: "ratio_within", kind, verdict: "fail", measured: "8.3 %", reason: "under_floor" },
  ...{ rule: "請負金額の1割以上", source: "https://town.example/rule" },
};

const RECOVERED: RecoveryEvent[] = [
  { event: "letter_retried", by, from, count: 3 },
  { event: "letter_closed", by, from: null, count: 1 },
  { event: "outbound_retried", by, template: "issued", to: from },
  { event: "outbound_closed", by, template: "issued", to: from },
];

const CASE_EVENTS: ThreadEvent[] = [
  { event: "opened", letterId, problems: 0 },
  { event: "opened", letterId, problems: 2 },
  { event: "entered", by, origin: "phone", problems: 2 },
  { event: "entered", by, origin: "paper", problems: 0 },
  {
    event: "corrected",
    letterId,
    changes: [
      { field: "contractPriceYen", before: "50000000", after: "55000000" },
      { field: "contact.phone", before: "", after: "029-000-0000" },
    ],
  },
  {
    ...{ event: "letter_received", letterId, kind: "withdrawal", from },
    ...{ answered: false, reason: "kind_withdrawal" },
  },
  {
    ...{ event: "reviewed", by, answered: ["contractDate"], voided: [kind] },
    changes: [{ field: "worksUntil", before: "2027-03-19", after: "2027-03-31" }],
    settled: [{ code: "interim_certified", kind: "interim_advance_payment", note: "認定調書の写しで確認" }],
  },
  { event: "accepted", by, kinds },
  { event: "settled", by, how: "paid", kinds: [kind] },
  { event: "settled", by, how: "lump", kinds: [kind] },
  ...(["declined", "returned", "sent_back", "withdrawn"] as const).map(
    (event): ThreadEvent => ({ event, by, kinds: [kind], reason }),
  ),
  { event: "issue_requested", by, kinds },
  { event: "approved", by, kinds },
  { event: "issued", kind, number, electronic: true },
  { event: "issued", kind, number, electronic: false },
  { event: "fee_not_told" },
];

const LIFE_EVENTS: ThreadEvent[] = [
  ...CHANGE_KINDS.flatMap((change): ThreadEvent[] => [
    { event: "change_requested", by, change, kinds: [kind], reason },
    { event: "change_approved", by, change, kinds: [kind] },
    { event: "change_refused", by, change, kinds: [kind], reason },
  ]),
  ...(["amend", "rectify", "unamend", "cancel", "release"] as const).map(
    (change): ThreadEvent => ({ event: "changed", change, kind, number, serial: 1, electronic: true }),
  ),
  { event: "changed", change: "amend", kind, number, serial: 2, electronic: false },
  { event: "price_noted", by, kind, check },
  { event: "key_resent", by, to: from, kinds },
  { event: "contractor_not_told", number },
  { event: "orderer_not_told", ordererName: "利根町", number },
  { event: "task_done", by, task: "post_receipt", kind },
  { event: "expiring", kind, number, until: "2027-03-31" },
  { event: "reminded", days: 5, waitsFor: "staff" },
  { event: "reminded", days: 5, waitsFor: "applicant" },
  { event: "letter_sent", template: "receipt", to: from },
  { event: "letter_parked", template: "issued", to: from, reason: "bounced" },
  { event: "verified", number, ordererName: "利根町長" },
  ...RECOVERED,
];

const subject = {
  changeId: "c",
  version: 1,
  what: "changed",
  name: "利根建設株式会社",
  addresses: true,
} as const;
const DESK_EVENTS: DeskEvent[] = [
  {
    ...{ event: "letter_for_staff", letterId, kind: "unrecognised", from, subject: "お願い", parked: true },
    ...{ answered: false, reason: "unreadable", problems: [] },
  },
  { event: "letter_parked", template: "verification", to: from, reason: "refused_by_server" },
  { event: "stranger_asked", from, letterId },
  { event: "number_paused", number, failures: 5, from },
  { event: "engine_trouble", code: "outage_database", detail: { minutes: "10" } },
  { event: "registry_requested", by, alone: false, ...subject },
  { event: "registry_decided", state: "confirmed", by, maker, reason: null, ...subject },
  { event: "registry_decided", state: "refused", by, maker, reason, ...subject },
  { event: "registry_decided", state: "withdrawn", by: maker, maker, reason: null, ...subject },
  { event: "mailbox_unconfirmed", name: "利根町", by },
  { event: "audit_head", day: "2026-04-10", serial: 1234, hash: "0123456789abcdef".repeat(4) },
  ...RECOVERED,
];

export function eventFixtures(): ScreenFixture[] {
  return [
    ...[...CASE_EVENTS, ...LIFE_EVENTS].flatMap((one, n) =>
      messages(`thread ${n} ${one.event}`, threadScreens(one, null, words, say)),
    ),
    ...DESK_EVENTS.flatMap((one, n) => messages(`desk ${n} ${one.event}`, deskScreens(one, words, say))),
  ];
}
