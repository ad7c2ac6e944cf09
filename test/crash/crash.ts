import { type Chance, chanceOf } from "./chance.ts";
import { reckon } from "./count.ts";
import { Ledger } from "./ledger.ts";
import { type Kind, markedLetter } from "./letters.ts";
import { faultFor, type Plan, type PlanOptions, planKills } from "./plans.ts";
import { ARM, type Failpoint, type Planted } from "./points.ts";
import { report } from "./report.ts";
import { pause, playRound, type Round, type Second, titleOf, until } from "./rounds.ts";
import { approve, finish, firstKey, openStory, prepare, type Story } from "./story.ts";
import { type CrashWorld, startCrashWorld } from "./world.ts";

export interface CrashTest extends PlanOptions {
  seed: number;
  plant: Planted | null;
  dovecot: boolean;
  verbose: boolean;
  say(line: string): void;
}

const PROGRESS_EVERY = 10;
/** Rather more than letters arrive in a round; the registry knows a clerk of the town for each. */
const CLERKS_A_ROUND = 6;
const CLERKS_BESIDE = 60;
/** A letter is given up on after six attempts that ended without a word: nobody is meant to test that here by accident. */
const PATIENCE = 4;
const CROWD = 14;
/** Rather more than the longest pause before a job is tried again. */
const DRAIN_MS = 90_000;
const SETTLE_MS = 120_000;
/** The end of the program that survived beside the killed ones: what those had begun comes back after a heartbeat. */
const SURVIVOR_MS = 45_000;
/** Letters whose jobs are handed out twice, in peace. */
const DOUBLED: readonly Kind[] = ["application", "query", "form", "application", "query", "staff"];

/** Kills the program again and again and reckons at the end. @returns whether everything held. */
export async function crashTest(options: CrashTest): Promise<boolean> {
  const { kills, seed, say } = options;
  const begun = Date.now();
  const chance = chanceOf(seed);
  say(`crash test: ${kills} kills, seed ${seed}, ${options.dovecot ? "Dovecot" : "IMAP server in memory"}`);
  const clerks = kills * CLERKS_A_ROUND + CLERKS_BESIDE;
  const world = await startCrashWorld({ ...options, clerks });
  // The database has a session of its own and would outlive an interrupted test.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void world.stop().finally(() => process.exit(1)));
  try {
    const { ledger, first } = await firstGuarantee(world, chance, clerks);
    const rounds = await playAll(world, ledger, chance, options, begun);
    const stories = [first, ...rounds.flatMap(({ story }) => (story === null ? [] : [story]))];
    const settled = await settle(world, ledger, stories.slice(1));
    const result = await reckon(world, [first.letter, ...ledger.letters], stories);
    return report(options, rounds, { ...result, settled }, begun, world);
  } finally {
    await world.stop();
  }
}

/** One guarantee is issued in peace: something to ask about. */
async function firstGuarantee(
  world: CrashWorld,
  chance: Chance,
  clerks: number,
): Promise<{ ledger: Ledger; first: Story }> {
  const child = world.start({ [ARM.keepCompiled]: "yes" });
  const letter = markedLetter(0, { kind: "application", whole: true }, { number: "", key: "" }, chance);
  await world.post(letter);
  const first = await openStory(world, letter);
  await prepare(world, first);
  await approve(world, first);
  const asked = await firstKey(world, first);
  child.kill();
  await child.ended;
  return { ledger: new Ledger(world, chance, asked, clerks), first };
}

async function playAll(
  world: CrashWorld,
  ledger: Ledger,
  chance: Chance,
  options: CrashTest,
  begun: number,
): Promise<Round[]> {
  const { kills, say, verbose } = options;
  const rounds: Round[] = [];
  const again: Failpoint[] = [];
  let other: Second | null = null;
  for (const planned of planKills(options, chance)) {
    if (!planned.beside && other !== null) other = await bidFarewell(ledger, other, say);
    const drained = await drain(world, ledger, other, verbose ? say : () => {});
    if (planned.beside) other ??= await startSecond(world);
    const plan = withMissed(planned, again, chance);
    const { round, survivor } = await playRound(world, ledger, plan, chance, other);
    other = survivor;
    rounds.push(round);
    if (plan.point !== null && !round.hit) again.push(plan.point);
    if (verbose)
      say(
        `${rounds.length}: ${titleOf(plan)}${plan.fault === null ? "" : `, ${plan.fault}`}: ${round.hit ? "hit" : "missed"} after ${round.ms} ms${drained ? ", drained before" : ""}, ${Math.round((Date.now() - begun) / 1000)} s`,
      );
    if (verbose && !round.hit && !plan.beside) say(round.lastWords);
    if (rounds.length % PROGRESS_EVERY === 0)
      say(
        `killed ${rounds.length} of ${kills}, letters ${ledger.letters.length}, waiting ${ledger.waiting().length}, ${Math.round((Date.now() - begun) / 1000)} s`,
      );
  }
  if (other !== null) await bidFarewell(ledger, other, say);
  return rounds;
}

async function startSecond(world: CrashWorld): Promise<Second> {
  const child = world.start();
  await until(() => child.ready() || !child.alive());
  return { child, second: false };
}

/** The survivor serves whoever still waits, alone, and ends in order. */
async function bidFarewell(ledger: Ledger, { child }: Second, say: (line: string) => void): Promise<null> {
  if (!child.alive()) throw new Error(`the survivor ended by itself:\n${(await child.ended).lastWords}`);
  const begun = Date.now();
  const served = await untilNobodyWaits(ledger, SURVIVOR_MS);
  say(
    `the survivor ${served ? "served everybody" : `left ${ledger.waiting().length} waiting`} after ${Math.round((Date.now() - begun) / 1000)} s`,
  );
  await child.end();
  return null;
}

/** A failpoint that was missed is aimed at again where a moment of chance was planned. */
function withMissed(planned: Plan, again: Failpoint[], chance: Chance): Plan {
  if (planned.point !== null || planned.server !== null || planned.beside) return planned;
  const point = again.shift();
  return point === undefined ? planned : { ...planned, point, passing: 0, fault: faultFor(point, chance) };
}

/** In peace until nobody waits for long; otherwise kills alone would use up a letter's attempts. */
async function drain(
  world: CrashWorld,
  ledger: Ledger,
  other: Second | null,
  say: (line: string) => void,
): Promise<boolean> {
  if (ledger.waiting().length <= CROWD && ledger.patience() < PATIENCE) return false;
  world.relay.heal();
  const child = other === null ? world.start() : null;
  const served = await untilNobodyWaits(ledger, DRAIN_MS);
  child?.kill();
  const ended = await child?.ended;
  if (!served)
    say(`still waiting: ${ledger.waiting().map((l) => `${l.kind} ${l.messageId}`)}\n${ended?.lastWords}`);
  return true;
}

function untilNobodyWaits(ledger: Ledger, ms: number): Promise<boolean> {
  return until(() => ledger.waiting().length === 0, ms);
}

/** The last start: nothing fails any more, and everybody has to get an answer or be shown to staff. */
async function settle(world: CrashWorld, ledger: Ledger, stories: readonly Story[]): Promise<boolean> {
  world.relay.heal();
  world.relay.watch = () => {};
  const child = world.start();
  for (const story of stories) await finish(world, story).catch(() => undefined);
  const served = await untilNobodyWaits(ledger, SETTLE_MS);
  await world.doubleJobs();
  await Promise.all(DOUBLED.map((kind) => ledger.post({ kind })));
  const settled = await until(() => ledger.waiting().length + ledger.untold().length === 0, SETTLE_MS);
  // What comes twice, or what is told late, comes now.
  await quiet(world);
  child.kill();
  await child.ended;
  return served && settled;
}

/** Until nothing has been sent or said for a while. */
async function quiet(world: CrashWorld): Promise<void> {
  const seen = () => world.relay.transmissions.length + world.slack.calls.length;
  for (let before = -1, same = 0, limit = Date.now() + 60_000; same < 4 && Date.now() < limit; ) {
    same = seen() === before ? same + 1 : 0;
    before = seen();
    await pause(1_000);
  }
}
