import type { Case } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import { awaited } from "../../core/guarantee/awaited.ts";
import { type Deed, mayDo, type StaffMember } from "../../core/policy.ts";
import type { Instant } from "../../core/terms.ts";
import { packButton } from "../modal-meta.ts";
import type { Say } from "../words.ts";
import { nextOfCase, productLines, taskLines, undeliveredLines } from "./card.ts";
import { contractorText } from "./facts.ts";
import {
  type Block,
  type ButtonSpec,
  button,
  buttons,
  grouped,
  heading,
  pieces,
  plain,
  type Screen,
  SECTION_MAX,
  screens,
  sections,
} from "./kit.ts";
import { actionId, stepButtons, taskButtons } from "./menu.ts";

const DAY_MS = 86_400_000;
/** Things to be posted that a list names for one case. */
const TASKS_MAX = 4;
/** Buttons at one case of the work list: next steps, posts, details. */
const BUTTONS_MAX = 6;

/** Above and below a list, and what is said when nothing is in it. */
export interface ListFrame {
  title: string;
  empty: string;
  note: string | null;
  now: Instant;
}

/** Who looks, and how many people an approval takes. */
export interface Viewer {
  by: StaffMember;
  approvals: 1 | 2;
}

/** Cases one below the other, each with its states, who is next and its age, and a button for `deed`. */
export function caseList(cases: readonly Case[], frame: ListFrame & { deed: Deed }, say: Say): Screen[] {
  const { deed, now } = frame;
  return listed(
    cases.map((one) => {
      const accessory = button({
        action: actionId(deed),
        label: say(`button.${deed}`),
        value: packButton(one.id, one.version),
      });
      return caseRow(`row:${one.id}`, caseText(one, now, say), accessory);
    }),
    frame,
  );
}

/** The same, each with the buttons of what this person can do next. */
export function workScreens(cases: readonly Case[], frame: ListFrame & Viewer, say: Say): Screen[] {
  return listed(
    cases.map((one) => [
      ...caseRow(`row:${one.id}`, caseText(one, frame.now, say)),
      ...buttons(`work:${one.id}`, rowButtons(one, frame, say)),
    ]),
    frame,
  );
}

function listed(rows: readonly Block[][], { title, empty, note }: ListFrame): Screen[] {
  if (rows.length === 0) return screens(empty, sections([empty, note ?? ""].join("\n").trim()));
  return grouped(title, [heading(title), ...rows, ...(note === null ? [] : [sections(note)])]);
}

/** Next steps and posts that this person may do, and the details. The role is looked at again on the click. */
export function rowButtons(one: Case, { by, approvals }: Viewer, say: Say): ButtonSpec[] {
  const card = caseCard(one);
  const allowed = card.next.filter(
    (deed) => mayDo(by, deed) && (deed !== "approve" || othersAsked(one, { by, approvals })),
  );
  const posts = mayDo(by, "paid") ? taskButtons(card.tasks, say) : [];
  const work = [...stepButtons({ ...card, next: allowed }, say), ...posts].slice(0, BUTTONS_MAX - 1);
  const value = packButton(one.id, one.version);
  return [...work, { action: actionId("show"), label: say("button.show"), value }];
}

/** Four eyes: of what only he himself asked for there is nothing to approve. */
function othersAsked(one: Case, { by, approvals }: Viewer): boolean {
  const waiting = one.guarantees.flatMap((guarantee) => awaited(guarantee) ?? []);
  return approvals === 1 || waiting.some(({ maker }) => maker.employee !== by.employee);
}

/** What a list says of a case: what, who, how it stands, who is next and for how long it has waited. `cut` shortens names. */
export function caseText(
  one: Case,
  now: Instant,
  say: Say,
  cut: (text: string) => string = (text) => text,
): string {
  const card = caseCard(one);
  const days = Math.max(0, Math.floor((Date.parse(now) - Date.parse(card.since)) / DAY_MS));
  return [
    say("list.row", { receiptNumber: card.receiptNumber, title: cut(card.worksTitle ?? say("unknown")) }),
    say("list.parties", {
      orderer: cut(card.ordererName ?? say("unknown")),
      contractor: cut(contractorText(card, say) ?? say("unknown")),
    }),
    ...productLines(card, say),
    ...taskLines(card.tasks, TASKS_MAX, say),
    ...undeliveredLines(card, say),
    say("list.next", {
      next: nextOfCase(card, say),
      age: days === 0 ? say("age.today") : say("age.days", { days: String(days) }),
    }),
  ].join("\n");
}

/** One section, with an accessory; a text too long for it goes on below. */
export function caseRow(blockId: string, text: string, accessory?: Block[string]): Block[] {
  const [first = "", ...more] = pieces(text, SECTION_MAX);
  const row: Block = {
    type: "section",
    block_id: blockId,
    text: plain(first),
    ...(accessory === undefined ? {} : { accessory }),
  };
  return [row, ...more.flatMap(sections)];
}
