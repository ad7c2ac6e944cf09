import type { Chance } from "./chance.ts";
import { FAILPOINTS, type Failpoint, nameOf } from "./points.ts";
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
}

export const SERVERS = ["IMAP", "database", "SMTP"] as const;
export type Server = (typeof SERVERS)[number];

/** Share of the kills that are aimed at a failpoint. */
const AIMED = 0.6;
/** Share of the kills at a moment of chance that come while the program still starts. */
const STARTING = 0.25;
const START_MS = 1_500;
const READY_MS = 700;
const FAULTY = 0.35;
/** A server dies with every so many-th moment of chance. */
const SERVER_EVERY = 3;

/** Kills enough that every failpoint must be hit, with some left for a second try. */
export const ENOUGH_KILLS = Math.ceil((FAILPOINTS.length * 1.15) / AIMED);

/**
 * Every failpoint once before one comes twice; in between, moments of chance.
 * @param only failpoints whose names begin so; then nothing is left to chance.
 */
export function planKills(kills: number, chance: Chance, only: string): Plan[] {
  const aimed = only === "" ? Math.round(kills * AIMED) : kills;
  const wanted = FAILPOINTS.filter((point) => nameOf(point).startsWith(only));
  const points: (Failpoint | null)[] = [];
  while (points.length < aimed) points.push(...chance.shuffled(wanted).slice(0, aimed - points.length));
  let moments = 0;
  return chance.shuffled([...points, ...Array.from({ length: kills - aimed }, () => null)]).map((point) => {
    const fault = faultFor(point, chance);
    const starting = chance.happens(STARTING);
    const server =
      point === null && moments++ % SERVER_EVERY === 0
        ? (SERVERS[Math.floor((moments - 1) / SERVER_EVERY) % SERVERS.length] ?? null)
        : null;
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
    };
  });
}

/** Some failpoints lie on a way that only a fault opens. */
export function faultFor(point: Failpoint | null, chance: Chance): RelayFault | null {
  if (point === null) return chance.happens(FAULTY) ? chance.pick(RELAY_FAULTS) : null;
  if (point.where !== "store") return null;
  // A line cut before the letter is opened anew at once; only a refusal puts an answer off for certain.
  if (point.step === "answer put off") return chance.pick(["451 at RCPT", "451 after DATA"] as const);
  if (point.step === "answer refused") return chance.pick(["550 at RCPT", "554 after DATA"] as const);
  if (point.step === "answer parked")
    return chance.pick(["cut after the dot, stored", "cut after the dot, lost"] as const);
  return null;
}
