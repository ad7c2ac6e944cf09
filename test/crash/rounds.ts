import type { Chance } from "./chance.ts";
import type { Child } from "./child.ts";
import type { Ledger } from "./ledger.ts";
import { CONTRACTORS, type Wanted } from "./letters.ts";
import { isStory, type Plan } from "./plans.ts";
import { ARM, type Failpoint, LOG_LINES, nameOf, type Stage } from "./points.ts";
import { approve, openStory, prepare, type Story } from "./story.ts";
import type { CrashWorld } from "./world.ts";

/** One kill: the program starts, letters arrive, it dies. */
export interface Round {
  plan: Plan;
  /** Whether it died where it was aimed at. */
  hit: boolean;
  /** Whether a letter waited for an answer at that moment. */
  waited: boolean;
  story: Story | null;
  ms: number;
  /** The end of its log. */
  lastWords: string;
}

/** A program that works beside the one that is killed. */
export interface Second {
  child: Child;
  /** It has the second Slack port. */
  second: boolean;
}

/** No round may take longer, whatever it waits for. */
const ROUND_MS = 20_000;
/** With two programs the other one may do what this one was to die of; then it dies of nothing in particular. */
const BESIDE_MS = 5_000;
const JUST_BEFORE_MS = 120;
const LETTERS_EVERY_MS = 350;
const LETTERS_MAX = 8;
/** So long that a look into the journal finds it gone. */
const IMAP_AWAY_MS = 2_500;
const STRIKE_MS = 5_000;

/**
 * @param other the program beside it that goes on; null: it is alone.
 * @returns the round, and which program survived.
 */
export async function playRound(
  world: CrashWorld,
  ledger: Ledger,
  plan: Plan,
  chance: Chance,
  other: Second | null,
): Promise<{ round: Round; survivor: Second | null }> {
  const begun = Date.now();
  world.relay.heal();
  world.relay.watch = () => {};
  await arrive(ledger, plan.point);
  if (chance.happens(0.5)) await ledger.post();
  if (plan.fault !== null) world.relay.plan(plan.fault);
  const second = other?.second === false;
  const started: Second = { child: world.start(armOf(plan), { second }), second };
  // Where nothing is aimed at it may be the elder one, which holds the office.
  const elder = other !== null && plan.point === null && chance.happens(0.5);
  const victim = elder ? other : started;
  const child = victim.child;
  let waited = false;
  let said = "";
  const died = child.ended.then(({ signal, lastWords }) => {
    waited = ledger.killed();
    said = lastWords;
    world.relay.watch = () => {};
    if (signal !== "SIGKILL") throw new Error(`the program ended by itself:\n${lastWords}`);
  });
  died.catch(() => undefined); // awaited below; the round may be busy when it comes
  let hit = false;
  const kill = () => {
    hit = true;
    child.kill();
  };
  const { point } = plan;
  if (point?.where === "smtp") watchFor(world, point.stage, plan.passing, kill);
  if (point?.where === "log") child.onLog((text) => text.includes(LOG_LINES[point.line]) && kill());
  const isTold = point?.where === "store" && isStory(point.step);
  const story = isTold ? await playStory(world, ledger, child) : null;
  // It may have died of an earlier case, which it issues as soon as it starts.
  const stuck = isTold && story === null && child.alive();
  if (stuck) child.kill();
  else if (point === null) await untilMoment(world, ledger, plan, started.child, chance).then(kill);
  else await feed(ledger, point, child, chance, other === null ? ROUND_MS : BESIDE_MS);
  if (point?.where === "store") hit = !stuck && !child.alive();
  // It dies of nothing in particular: then at least while somebody waits.
  if (child.alive() && point !== null && ledger.waiting().length === 0) await ledger.post();
  if (child.alive()) child.kill();
  await died;
  const round = { plan, hit, waited, story, ms: Date.now() - begun, lastWords: said };
  return { round, survivor: elder ? started : other };
}

function armOf({ point, passing }: Plan): Record<string, string> {
  if (point?.where !== "store") return {};
  // A person approves once: the first such step is the one.
  const letPass = isStory(point.step) ? 0 : passing;
  return { [ARM.step]: point.step, [ARM.side]: point.side, [ARM.passing]: String(letPass) };
}

/** Letters that bring it to its failpoint. */
async function arrive(ledger: Ledger, point: Failpoint | null): Promise<void> {
  if (point?.where === "store" && point.step === "letter postponed") {
    const contractor = CONTRACTORS[0];
    await Promise.all([1, 2, 3].map(() => ledger.post({ kind: "application", contractor })));
  } else await ledger.post(wantedFor(point));
}

function wantedFor(point: Failpoint | null): Wanted | undefined {
  if (point === null || point.where === "log") return undefined;
  if (point.where === "smtp") return { kind: "query" };
  if (point.step === "letter shown to staff") return { kind: "staff" };
  if (point.step === "form sent") return { kind: "form" };
  if (["case opened", "Slack message taken up", "Slack message sent"].includes(point.step))
    return { kind: "application" };
  const answers = /answer|doubt/.test(point.step);
  return answers ? { kind: "query" } : undefined;
}

function watchFor(world: CrashWorld, stage: Stage, passing: number, kill: () => void): void {
  let left = passing;
  world.relay.watch = (seen) => {
    if (seen === stage && left-- === 0) kill();
  };
}

/** @returns null when the case did not come so far in time; its letter still counts. */
async function playStory(world: CrashWorld, ledger: Ledger, child: Child): Promise<Story | null> {
  const letter = await ledger.post({ kind: "application", whole: true });
  const begun = async () => {
    const story = await openStory(world, letter);
    await prepare(world, story);
    return story;
  };
  const story = await Promise.race([begun().catch(() => null), child.ended.then(() => null)]);
  if (story === null) return null;
  await ledger.post();
  await approve(world, story).catch(() => undefined); // it may die of the act itself
  await Promise.race([child.ended, pause(10_000)]);
  return story;
}

/** Waits for a moment of chance while letters arrive; before it a server may die. */
async function untilMoment(
  world: CrashWorld,
  ledger: Ledger,
  { moment, server }: Plan,
  child: Child,
  chance: Chance,
): Promise<void> {
  if (moment.from === "ready") await until(() => child.ready() || !child.alive());
  if (server !== null) {
    await ledger.post({ kind: "query" });
    if (server === "IMAP") {
      // The letter has to be in doubt before the mailbox with the journal goes away.
      await until(() => !world.relay.isPlanned(), STRIKE_MS);
      await world.killImap(IMAP_AWAY_MS);
    } else if (server === "database") await world.killDatabase();
    else await world.killSmtp();
    await ledger.post();
    // It has to find its way back by itself: the next start would hide that it does not.
    await until(() => ledger.waiting().length === 0);
  }
  const more = moment.from === "ready" ? 1 + chance.below(3) : 0;
  const posting = (async () => {
    for (let n = 0; n < more; n++) await ledger.post();
  })();
  await pause(moment.ms);
  if (moment.ms % 2 === 0)
    await posting; // half of the kills come while letters still arrive
  else posting.catch(() => undefined);
  // A kill while nobody waits proves little: mostly one more letter comes just before.
  if (chance.happens(0.8) && ledger.waiting().length === 0) {
    await ledger.post();
    await pause(chance.below(JUST_BEFORE_MS));
  }
}

/** Letters keep arriving until it dies of one. */
async function feed(
  ledger: Ledger,
  point: Failpoint,
  child: Child,
  chance: Chance,
  ms: number,
): Promise<void> {
  const limit = Date.now() + ms;
  for (let posted = 0; child.alive() && Date.now() < limit; ) {
    if (posted < LETTERS_MAX && child.ready()) {
      posted++;
      if (chance.happens(0.5)) await arrive(ledger, point);
      else await ledger.post();
    }
    await Promise.race([child.ended, pause(LETTERS_EVERY_MS)]);
  }
}

/** @throws nothing: a round that waits in vain goes on, and the reckoning tells. */
export async function until(done: () => boolean, ms = ROUND_MS): Promise<boolean> {
  for (const limit = Date.now() + ms; Date.now() < limit; await pause(50)) if (done()) return true;
  return done();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function titleOf({ point, moment, server, beside }: Plan): string {
  const two = beside ? ", two programs" : "";
  if (point !== null) return nameOf(point) + two;
  const what = `${moment.ms} ms after ${moment.from === "ready" ? "it was ready" : "its start"}`;
  return (server === null ? what : `${what}, ${server} killed before`) + two;
}
