import type { Chance } from "./chance.ts";
import { FAILPOINTS, type Failpoint, nameOf, STEPS, type Step, type StepName } from "./points.ts";
import { RELAY_FAULTS, type RelayFault } from "./relay.ts";

/** What a round does before the program dies. */
export interface Plan {
  /** Where it is killed; null: at a moment of chance. */
  point: Failpoint | null;
  /** Such steps that pass before. */
  passing: number;
  /** A moment of chance: milliseconds after the start, or after it was ready. */
  moment: { from: "start" | "ready"; ms: number };
  fault: RelayFault | null;
  /** A server that is killed a little earlier. */
  server: Server | null;
  /** A second program works on the same mailbox and database, and one of the two survives. */
  beside: boolean;
}

export const SERVERS = ["IMAP", "database", "SMTP"] as const;
export type Server = (typeof SERVERS)[number];

export interface PlanOptions {
  kills: number;
  /** Failpoints whose names begin so, and nothing of chance; "" for all. */
  aim: string;
  /** 2: a second program beside every killed one; 1: beside some. */
  processes: 1 | 2;
  /** One of several runs that share the failpoints among them, from 1; null: all are this run's. */
  part: { number: number; of: number } | null;
}

/** Share of the kills that are aimed at a failpoint; short runs that share them leave less to chance. */
const AIMED = 0.6;
const AIMED_IN_PARTS = 0.75;
/** Share of the kills at a moment of chance that come while the program still starts. */
const STARTING = 0.25;
const START_MS = 1_200;
const READY_MS = 700;
const FAULTY = 0.35;
/** A server dies with every so many-th moment of chance. */
const SERVER_EVERY = 3;
/** A second program works at every so many-th moment of chance; with and without a server's death. */
const BESIDE_EVERY = 4;

/** Kills enough that every one of so many failpoints must be hit, with some left for a second try. */
export function enoughKills(points: number): number {
  return Math.ceil((points * 1.15) / AIMED);
}

/** Every failpoint once before one comes twice; in between, moments of chance. */
export function planKills(options: PlanOptions, chance: Chance): Plan[] {
  const { kills, aim, processes, part } = options;
  const aimed = aim === "" ? Math.round(kills * (part === null ? AIMED : AIMED_IN_PARTS)) : kills;
  const wanted = wantedPoints(options);
  const points: (Failpoint | null)[] = [];
  while (points.length < aimed) points.push(...chance.shuffled(wanted).slice(0, aimed - points.length));
  let moments = 0;
  const plans = chance
    .shuffled([...points, ...Array.from({ length: kills - aimed }, () => null)])
    .map((point) => planOne(point, point === null ? moments++ : 0, processes, chance));
  // What happens beside a second program comes in one stretch, so that it need not be started for each.
  const [together, alone] = [plans.filter(({ beside }) => beside), plans.filter(({ beside }) => !beside)];
  const at = chance.below(alone.length + 1);
  return [...alone.slice(0, at), ...together, ...alone.slice(at)];
}

function planOne(point: Failpoint | null, moment: number, processes: 1 | 2, chance: Chance): Plan {
  const starting = chance.happens(STARTING);
  const server =
    point === null && moment % SERVER_EVERY === 0
      ? (SERVERS[Math.floor(moment / SERVER_EVERY) % SERVERS.length] ?? null)
      : null;
  const fault = server === "IMAP" ? chance.pick(DOUBTFUL) : faultFor(point, chance);
  return {
    point,
    // What only a fault brings about comes once.
    passing: fault === null ? chance.below(2) : 0,
    moment:
      starting && server === null
        ? { from: "start", ms: chance.below(START_MS) }
        : { from: "ready", ms: chance.below(READY_MS) },
    fault,
    server,
    beside: processes === 2 || (point === null && moment % BESIDE_EVERY === BESIDE_EVERY - 1),
  };
}

/** The failpoints that a run aims at. */
export function wantedPoints({ aim, processes, part }: Omit<PlanOptions, "kills">): Failpoint[] {
  return FAILPOINTS.filter(
    (point, at) =>
      nameOf(point).startsWith(aim) &&
      isFor(point, processes) &&
      (part === null || at % part.of === part.number - 1),
  );
}

/** With two programs only what both do can be aimed at. */
function isFor(point: Failpoint, processes: 1 | 2): boolean {
  if (processes === 1) return true;
  if (point.where !== "store") return false;
  return !isStory(point.step) && (STEPS[point.step] as Step).leader === undefined;
}

/** Steps that people bring about in Slack. */
export function isStory(step: StepName): boolean {
  return step === "issue approved" || step === "guarantee issued";
}

/** Nobody but the journal can tell what became of the letter. */
const DOUBTFUL = ["cut after the dot, stored", "cut after the dot, lost"] as const;

/** Some failpoints lie on a way that only a fault opens. */
export function faultFor(point: Failpoint | null, chance: Chance): RelayFault | null {
  if (point === null) return chance.happens(FAULTY) ? chance.pick(RELAY_FAULTS) : null;
  if (point.where !== "store") return null;
  switch (point.step) {
    case "answer put off":
      // A line cut before the letter is opened anew at once; only a refusal puts an answer off for certain.
      return chance.pick(["451 at RCPT", "451 after DATA"] as const);
    case "answer refused":
      return chance.pick(["550 at RCPT", "554 after DATA"] as const);
    case "answer in doubt":
      return chance.pick(DOUBTFUL);
    case "doubt settled from the journal":
      return "cut after the dot, stored";
    case "answer sent again":
      return "cut after the dot, lost";
    default:
      return null;
  }
}
