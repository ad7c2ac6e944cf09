import { cardScreen } from "../../bot/blocks/card.ts";
import { detailsScreens } from "../../bot/blocks/details.ts";
import { homeBlocks } from "../../bot/blocks/home.ts";
import { type Block, message } from "../../bot/blocks/kit.ts";
import { caseList, workScreens } from "../../bot/blocks/list.ts";
import { originalScreens } from "../../bot/blocks/original.ts";
import { readingScreens } from "../../bot/blocks/reading.ts";
import { parkedScreen, parkedScreens } from "../../bot/blocks/recover.ts";
import { sayIn } from "../../bot/words.ts";
import type { Case } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import type { StaffMember } from "../../core/policy.ts";
import { loadWords } from "../../templates/words.ts";
import { deskFixtures } from "./desk-fixtures.ts";
import { eventFixtures } from "./event-fixtures.ts";
import { messages, type ScreenFixture } from "./fixture.ts";
import { modalFixtures } from "./modal-fixtures.ts";
import {
  AT,
  amended,
  caseIn,
  parkedIn,
  parkedOut,
  type SampleState,
  viewedLetter,
} from "./screen-samples.ts";

/** An ordinary text, one at the limits of a heading, and one longer than a section takes. */
const LENGTHS = { short: 20, heading: 151, long: 3001 };
const CASE_STATES: SampleState[] = ["applied", "returned", "accepted", "paid", "awaiting_approval"];
const END_STATES: SampleState[] = ["in_force", "cancelled", "declined"];

/** Every kind of screen of ours, ordinary and as long as it can get; whoever adds a screen adds it here. */
export function screenFixtures(): ScreenFixture[] {
  return [
    ...Object.entries(LENGTHS).flatMap(([size, length]) => [
      ...caseScreens(size, length),
      ...letterScreens(size, length),
      ...modals(size, Math.min(length, 300)),
      ...deskFixtures(length, EVERYONE).map((one) => ({ ...one, name: `${one.name} ${size}` })),
    ]),
    ...eventFixtures(),
    ...refusals(),
  ];
}

const words = loadWords();
const say = sayIn(words);

function caseScreens(size: string, length: number): ScreenFixture[] {
  const cases = [...CASE_STATES, ...END_STATES].map((state) => [state, caseIn(state, length)] as const);
  const frame = { title: "一覧", empty: "ありません", note: "続き", deed: "show", now: AT } as const;
  const seen = [{ guaranteeNumber: "00042-000123", ordererName: "利根町長", at: AT }];
  return [
    ...cases.flatMap(([state, found]) => [
      ...messages(`card ${state} ${size}`, [cardScreen(caseCard(found), words)]),
      ...messages(
        `details ${state} ${size}`,
        detailsScreens(found, { seen, letters: [], more: false }, words, say),
      ),
    ]),
    ...messages(
      `list ${size}`,
      caseList(
        cases.map(([state, found]) => ({ ...found, id: state })),
        frame,
        say,
      ),
    ),
    ...messages(`list of none ${size}`, caseList([], frame, say)),
    ...messages(
      `work list ${size}`,
      workScreens(
        cases.map(([state, found]) => ({ ...found, id: state })),
        { ...frame, by: EVERYONE, approvals: 2 },
        say,
      ),
    ),
    ...[amended(), amended(true)]
      .map(posted)
      .flatMap((found, n) => [
        ...messages(`card changed ${n} ${size}`, [cardScreen(caseCard(found), words)]),
        ...messages(
          `details changed ${n} ${size}`,
          detailsScreens(found, { seen, letters: [], more: false, by: EVERYONE }, words, say),
        ),
      ]),
    { name: `home ${size}`, kind: "view", payload: { type: "home", blocks: home(cases) } },
  ];
}

/** With something to post, and something posted. */
function posted(found: Case): Case {
  const task = { task: "post_receipt", kind: "advance_payment", guaranteeId: "g-advance_payment" } as const;
  const done = { by: { employee: "1001", name: "見本 作成" }, at: AT };
  const tasks = [null, done].map((one, n) => ({ ...task, id: `t${n}`, since: AT, done: one }));
  return { ...found, tasks };
}

/** A person with every role. */
const EVERYONE: StaffMember = {
  ...{ slack: "U1", employee: "1009", name: "見本 花子", branch: null },
  roles: ["clerk", "approver", "registrar", "auditor"],
};

function home(cases: readonly (readonly [SampleState, Case])[]): Block[] {
  const of = (wanted: SampleState) => cases.flatMap(([state, found]) => (state === wanted ? [found] : []));
  const post = { id: "t1", task: "post_receipt", kind: "performance", since: AT, done: null } as const;
  const facts = {
    ...{ mine: of("applied"), approvals: of("awaiting_approval"), expiring: of("in_force"), registry: [] },
    posts: of("in_force").map((found) => ({ ...found, tasks: [{ ...post, guaranteeId: "g" }] })),
    counts: { parkedIn: 3, parkedOut: 2, unsure: 1, received: 12, issued: 8, declined: 1 },
    month: "2026-04-01",
  };
  return homeBlocks(facts, { by: EVERYONE, approvals: 2, now: AT }, say);
}

function letterScreens(size: string, length: number): ScreenFixture[] {
  const viewed = viewedLetter(length);
  const subject = viewed.letter.subject ?? "";
  const opened = { subject, text: subject, files: Array.from({ length: 50 }, () => subject.slice(0, 250)) };
  const parked = [
    ...[...Array(20).keys()].map((n) => parkedIn(String(n), subject, n === 0 ? "cap_sender" : undefined)),
    ...["gave_up", "suppressed", "interrupted_while_sending"].map(parkedOut),
  ];
  return [
    ...messages(`reading ${size}`, readingScreens(viewed, 0, words, say)),
    ...messages(`original ${size}`, originalScreens(viewed, opened, 0, words, say)),
    ...messages(`parked ${size}`, parkedScreens(parked, { now: AT, note: "続き" }, words, say)),
    ...parked
      .slice(-4)
      .flatMap((one, n) =>
        messages(`parked ${n} ${size}`, parkedScreen(one, n === 0 ? opened : null, words, say)),
      ),
  ];
}

function modals(size: string, length: number): ScreenFixture[] {
  return modalFixtures(length).map(({ name, modal }) => ({
    ...{ name: `${name} ${size}`, kind: "view", payload: modal },
  }));
}

/** Sentences to one person, and the home tab of somebody who may see nothing. */
function refusals(): ScreenFixture[] {
  const texts = ["not_staff", "not_mapped", "deactivated"].map((code) => words.sentence("refusals", code));
  return [
    ...texts.flatMap((text, n) => messages(`refusal ${n}`, message(text))),
    {
      name: "home of a stranger",
      kind: "view",
      payload: { type: "home", blocks: message(texts.join("\n"))[0]?.blocks ?? [] },
    },
  ];
}
