import type { Chance } from "./chance.ts";
import type { Child } from "./child.ts";
import type { Ledger } from "./ledger.ts";
import type { Kind } from "./letters.ts";
import type { Plan } from "./plans.ts";
import { ARM, type Failpoint, nameOf, type Stage } from "./points.ts";
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
}

/** No round may take longer, whatever it waits for. */
const ROUND_MS = 20_000;
const JUST_BEFORE_MS = 120;
const LETTERS_EVERY_MS = 350;
const LETTERS_MAX = 8;

export async function playRound(
  world: CrashWorld,
  ledger: Ledger,
  plan: Plan,
  chance: Chance,
): Promise<Round> {
  world.relay.heal();
  world.relay.watch = () => {};
  await ledger.post(kindFor(plan.point));
  if (chance.happens(0.5)) await ledger.post();
  if (plan.fault !== null) world.relay.plan(plan.fault);
  const child = world.start(armOf(plan));
  let waited: boolean | null = null;
  const died = child.ended.then(({ signal, lastWords }) => {
    waited = ledger.killed();
    world.relay.watch = () => {};
    if (signal !== "SIGKILL") throw new Error(`the program ended by itself:\n${lastWords}`);
  });
  died.catch(() => undefined); // awaited below; the round may be busy when it comes
  let hit = false;
  const kill = () => {
    hit = true;
    child.kill();
  };
  if (plan.point?.where === "smtp") watchFor(world, plan.point.stage, plan.passing, kill);
  const story = isStory(plan.point) ? await playStory(world, ledger, child) : null;
  if (plan.point === null) await untilMoment(world, ledger, plan, child, chance).then(kill);
  else await feed(ledger, plan.point, child, chance);
  if (plan.point?.where === "store") hit = !child.alive();
  if (child.alive()) child.kill();
  await died;
  return { plan, hit, waited: waited ?? false, story };
}

function armOf({ point, passing }: Plan): Record<string, string> {
  if (point?.where !== "store") return {};
  // A person approves once: the first such step is the one.
  const letPass = isStory(point) ? 0 : passing;
  return { [ARM.step]: point.step, [ARM.side]: point.side, [ARM.passing]: String(letPass) };
}

function kindFor(point: Failpoint | null): Kind | undefined {
  if (point === null) return undefined;
  if (point.where === "smtp") return "query";
  if (point.step === "letter shown to staff") return "staff";
  if (["case opened", "Slack message taken up", "Slack message sent"].includes(point.step))
    return "application";
  return point.step.startsWith("answer") || point.step === "query answered" ? "query" : undefined;
}

function isStory(point: Failpoint | null): boolean {
  return point?.where === "store" && (point.step === "issue approved" || point.step === "guarantee issued");
}

function watchFor(world: CrashWorld, stage: Stage, passing: number, kill: () => void): void {
  let left = passing;
  world.relay.watch = (seen) => {
    if (seen === stage && left-- === 0) kill();
  };
}

async function playStory(world: CrashWorld, ledger: Ledger, child: Child): Promise<Story | null> {
  const story = await openStory(world, await ledger.post("application", true));
  await prepare(world, story);
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
    await ledger.post();
    if (server === "IMAP") await world.killImap();
    else if (server === "database") await world.killDatabase();
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
async function feed(ledger: Ledger, point: Failpoint, child: Child, chance: Chance): Promise<void> {
  const limit = Date.now() + ROUND_MS;
  for (let n = 0; child.alive() && Date.now() < limit; n++) {
    if (n < LETTERS_MAX && child.ready()) await ledger.post(chance.happens(0.5) ? kindFor(point) : undefined);
    await Promise.race([child.ended, pause(LETTERS_EVERY_MS)]);
  }
}

/** @throws nothing: a round that waits in vain goes on, and the reckoning tells. */
async function until(done: () => boolean): Promise<void> {
  for (const limit = Date.now() + ROUND_MS; !done() && Date.now() < limit; ) await pause(50);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function titleOf({ point, moment, server }: Plan): string {
  if (point !== null) return nameOf(point);
  const what = `${moment.ms} ms after ${moment.from === "ready" ? "it was ready" : "its start"}`;
  return server === null ? what : `${what}, ${server} killed before`;
}
