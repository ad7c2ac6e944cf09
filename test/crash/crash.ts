import { type Chance, chanceOf } from "./chance.ts";
import { type Reckoning, reckon } from "./count.ts";
import { Ledger } from "./ledger.ts";
import { markedLetter } from "./letters.ts";
import { ENOUGH_KILLS, faultFor, type Plan, planKills, type Server } from "./plans.ts";
import { ARM, FAILPOINTS, type Failpoint, nameOf, type Planted } from "./points.ts";
import { pause, playRound, type Round, titleOf } from "./rounds.ts";
import { approve, finish, firstKey, openStory, prepare, type Story } from "./story.ts";
import { type CrashWorld, startCrashWorld } from "./world.ts";

export interface CrashTest {
  kills: number;
  seed: number;
  plant: Planted | null;
  /** Failpoints to aim at, by the beginning of their names; "" for all and moments of chance. */
  aim: string;
  dovecot: boolean;
  verbose: boolean;
  say(line: string): void;
}

const PROGRESS_EVERY = 10;
/** Rather more than letters arrive in a round; the registry knows a clerk of the town for each. */
const CLERKS_A_ROUND = 5;
const CLERKS_BESIDE = 40;
/** Share of the kills that must come while a letter waits. */
const WAITING_SHARE = 0.7;
/** A letter is given up on after six attempts that ended without a word: nobody is meant to test that here by accident. */
const PATIENCE = 4;
const CROWD = 14;
const DRAIN_MS = 60_000;
const SETTLE_MS = 120_000;

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
  const letter = markedLetter(0, "application", { number: "", key: "" }, chance, true);
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
  { kills, aim, say, verbose }: CrashTest,
  begun: number,
): Promise<Round[]> {
  const rounds: Round[] = [];
  const again: Failpoint[] = [];
  for (const planned of planKills(kills, chance, aim)) {
    const drained = await drain(world, ledger);
    const plan = withMissed(planned, again, chance);
    const round = await playRound(world, ledger, plan, chance);
    rounds.push(round);
    if (plan.point !== null && !round.hit) again.push(plan.point);
    if (verbose)
      say(
        `${rounds.length}: ${titleOf(plan)}${plan.fault === null ? "" : `, ${plan.fault}`}: ${round.hit ? "hit" : "missed"}${drained ? ", drained before" : ""}, ${seconds(begun)} s`,
      );
    if (rounds.length % PROGRESS_EVERY === 0)
      say(
        `killed ${rounds.length} of ${kills}, letters ${ledger.letters.length}, waiting ${ledger.waiting().length}, ${seconds(begun)} s`,
      );
  }
  return rounds;
}

/** A failpoint that was missed is aimed at again where a moment of chance was planned. */
function withMissed(planned: Plan, again: Failpoint[], chance: Chance): Plan {
  if (planned.point !== null || planned.server !== null) return planned;
  const point = again.shift();
  return point === undefined ? planned : { ...planned, point, passing: 0, fault: faultFor(point, chance) };
}

/** In peace until nobody waits for long; otherwise kills alone would use up a letter's attempts. */
async function drain(world: CrashWorld, ledger: Ledger): Promise<boolean> {
  if (ledger.waiting().length <= CROWD && ledger.patience() < PATIENCE) return false;
  world.relay.heal();
  const child = world.start();
  await untilNobodyWaits(ledger, DRAIN_MS);
  child.kill();
  await child.ended;
  return true;
}

async function untilNobodyWaits(ledger: Ledger, ms: number): Promise<boolean> {
  for (const limit = Date.now() + ms; Date.now() < limit; await pause(100))
    if (ledger.waiting().length === 0) return true;
  return false;
}

/** The last start: nothing fails any more, and everybody has to get an answer or be shown to staff. */
async function settle(world: CrashWorld, ledger: Ledger, stories: readonly Story[]): Promise<boolean> {
  world.relay.heal();
  world.relay.watch = () => {};
  const child = world.start();
  for (const story of stories) await finish(world, story).catch(() => undefined);
  const settled = await untilNobodyWaits(ledger, SETTLE_MS);
  // What comes twice, or what is told late, comes now.
  await quiet(world);
  child.kill();
  await child.ended;
  return settled;
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

function report(
  { kills, seed, aim, say }: CrashTest,
  rounds: readonly Round[],
  result: Reckoning & { settled: boolean },
  begun: number,
  world: CrashWorld,
): boolean {
  const hits = new Map<string, number>(FAILPOINTS.map((point) => [nameOf(point), 0]));
  for (const { plan, hit } of rounds)
    if (hit && plan.point !== null) hits.set(nameOf(plan.point), (hits.get(nameOf(plan.point)) ?? 0) + 1);
  for (const [name, count] of hits) say(`  ${String(count).padStart(3)}  ${name}`);
  say(`  ${String(rounds.filter(({ plan }) => plan.point === null).length).padStart(3)}  moments of chance`);
  const servers = Map.groupBy(rounds, ({ plan }) => plan.server);
  const count = (server: Server) => servers.get(server)?.length ?? 0;
  say(
    `also killed: IMAP server ${count("IMAP")}, PostgreSQL ${count("database")}, SMTP server ${count("SMTP")}`,
  );
  const missed = [...hits].filter(([, count]) => count === 0).map(([name]) => name);
  const enough = kills >= ENOUGH_KILLS && aim === "";
  if (missed.length > 0)
    say(
      enough
        ? `never hit: ${missed.join("; ")}`
        : `${kills} kills are too few for every failpoint (${ENOUGH_KILLS}); not hit: ${missed.length}`,
    );
  const waited = rounds.filter((round) => round.waited).length;
  say(`a letter waited at ${waited} of ${kills} kills`);
  for (const line of result.findings) say(line);
  if (world.slack.rejections.length > 0) say(`Slack refused: ${JSON.stringify(world.slack.rejections[0])}`);
  say(
    `answered ${result.answered}, shown to staff ${result.shown}, ${seconds(begun)} s, seed ${seed}${result.settled ? "" : ", not everybody was served in time"}`,
  );
  const { letters, lost, answeredTwice, unreconciled } = result;
  say(
    `crash test: kills ${kills}, letters ${letters}, lost ${lost}, answered twice ${answeredTwice}, unreconciled ${unreconciled}`,
  );
  const allHit = !enough || missed.length === 0;
  return lost + answeredTwice + unreconciled === 0 && allHit && waited >= kills * WAITING_SHARE;
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}
