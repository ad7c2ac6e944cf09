import type { Case } from "../case.ts";
import {
  CASE_DEEDS,
  type CaseDeed,
  DEEDS_IN,
  DEEDS_WITHOUT_PRODUCT,
  NEXT_IN,
  type Standing,
} from "../case-state.ts";
import { addDays, dayInTokyo } from "../dates.ts";
import { type Deed, mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { CaseQuestion, DeskCounts } from "../rows/home.ts";
import type { RegistryChange } from "../rows/registry.ts";
import type { Day } from "../terms.ts";
import { monthOf } from "./statistics.ts";

/** What waits, for whom: work lists and the home tab. */

/** 保証期限 that near is shown: time enough to ask whether the works take longer. */
export const EXPIRING_DAYS = 60;
/** Rows of each list on the home tab; the commands have the rest. */
export const HOME_LIST_MAX = 10;
/** Proposals for the registries are few. */
export const HOME_REGISTRY_MAX = 5;

type Work = Extract<CaseQuestion, { about: "work" }>;

const NOTHING: Work = {
  ...{ about: "work", standings: [], notMadeBy: null, having: null },
  ...{ withoutProduct: false, toPost: false, undelivered: false, order: "longest" },
  asked: true,
};

/** Cases whose next step this person may take, what has waited longest first. */
export async function myWork(desk: Desk, by: StaffMember, limit: number): Promise<Case[]> {
  const mine: Work = {
    ...{ ...NOTHING, standings: [...stepsOf(by), ...approvalsOf(by)], notMadeBy: notOwn(desk, by) },
    ...{ withoutProduct: mayDo(by, "review"), toPost: mayDo(by, "paid") },
    ...{ undelivered: mayDo(by, "recover"), asked: false },
  };
  const [found = []] = await desk.store.transact((tx) => tx.casesFor([mine], limit));
  return found;
}

/** Cases that can take this deed now. What is in force is many: of that the ones that changed last. */
export async function casesForDeed(desk: Desk, deed: CaseDeed, limit: number): Promise<Case[]> {
  const standings = standingsWith((standing) => DEEDS_IN[standing].includes(deed));
  const having = deed === "unamend" ? "amendment" : deed === "resend" ? "key" : null;
  const order = standings.includes("in_force") ? "newest" : "longest";
  const question: Work = {
    ...{ ...NOTHING, standings, having, order, withoutProduct: DEEDS_WITHOUT_PRODUCT.includes(deed) },
  };
  const [found = []] = await desk.store.transact((tx) => tx.casesFor([question], limit));
  return found;
}

/** Whether a deed starts from a case's state. */
export function isCaseDeed(deed: Deed): deed is CaseDeed {
  return CASE_DEEDS.some((one) => one === deed);
}

/** What stands on a person's home tab. Each list may hold one more than is shown: then there are more. */
export interface HomeFacts {
  mine: Case[];
  /** All that waits for a checker, also what this person may not approve. */
  approvals: Case[];
  posts: Case[];
  expiring: Case[];
  registry: RegistryChange[];
  counts: DeskCounts;
  month: Day;
}

export function homeFacts(desk: Desk, by: StaffMember): Promise<HomeFacts> {
  const today = dayInTokyo(desk.now());
  const month = monthOf(today);
  const questions: CaseQuestion[] = [
    { ...NOTHING, asked: false, standings: stepsOf(by), withoutProduct: mayDo(by, "review") },
    { ...NOTHING, standings: standingsWith((standing) => NEXT_IN[standing] === "approve") },
    { about: "posts" },
    { about: "expiry", from: today, until: addDays(today, EXPIRING_DAYS) },
  ];
  const decides = mayDo(by, "register") || mayDo(by, "confirm_registry");
  return desk.store.transact(async (tx) => {
    const [mine = [], approvals = [], posts = [], expiring = []] = await tx.casesFor(
      questions,
      HOME_LIST_MAX + 1,
    );
    const counts = await tx.deskCounts(month);
    const registry = decides ? await tx.openRegistryChanges(HOME_REGISTRY_MAX + 1) : [];
    return { mine, approvals, posts, expiring, registry, counts, month: month.from };
  });
}

/** States whose next step this person may take alone. */
function stepsOf(by: StaffMember): Standing[] {
  return standingsWith((standing) => {
    const next = NEXT_IN[standing];
    return next !== undefined && next !== "approve" && mayDo(by, next);
  });
}

function approvalsOf(by: StaffMember): Standing[] {
  return mayDo(by, "approve") ? standingsWith((standing) => NEXT_IN[standing] === "approve") : [];
}

/** Four eyes: his own requests wait for somebody else. */
function notOwn(desk: Desk, by: StaffMember): string | null {
  return desk.policy.approvals === 1 ? null : by.employee;
}

function standingsWith(test: (standing: Standing) => boolean): Standing[] {
  return (Object.keys(DEEDS_IN) as Standing[]).filter(test);
}
