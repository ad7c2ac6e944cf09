import type { Reckoning } from "./count.ts";
import { enoughKills, type PlanOptions, type Server, wantedPoints } from "./plans.ts";
import { nameOf } from "./points.ts";
import type { Round } from "./rounds.ts";
import type { CrashWorld } from "./world.ts";

/** Share of the kills that must come while a letter waits. */
const WAITING_SHARE = 0.7;

/** Says what happened. @returns whether everything held. */
export function report(
  options: PlanOptions & { seed: number; say(line: string): void },
  rounds: readonly Round[],
  result: Reckoning & { settled: boolean },
  begun: number,
  world: CrashWorld,
): boolean {
  const { kills, seed, say } = options;
  const allHit = reportHits(options, rounds);
  const waited = rounds.filter((round) => round.waited).length;
  say(`a letter waited at ${waited} of ${kills} kills`);
  for (const line of result.findings) say(line);
  if (world.slack.rejections.length > 0) say(`Slack refused: ${JSON.stringify(world.slack.rejections[0])}`);
  const took = (Date.now() - begun) / 1000;
  say(
    `answered ${result.answered}, shown to staff ${result.shown}, refused for good ${result.refused}, ${Math.round(took)} s, ${(took / kills).toFixed(1)} s a kill, seed ${seed}${result.settled ? "" : ", not everybody was served in time"}`,
  );
  const { letters, lost, answeredTwice, unreconciled } = result;
  say(
    `crash test: kills ${kills}, letters ${letters}, lost ${lost}, answered twice ${answeredTwice}, unreconciled ${unreconciled}`,
  );
  return lost + answeredTwice + unreconciled === 0 && allHit && waited >= kills * WAITING_SHARE;
}

/** @returns false when the kills were enough for every failpoint and one was not hit. */
function reportHits(options: PlanOptions & { say(line: string): void }, rounds: readonly Round[]): boolean {
  const { kills, aim, say } = options;
  const hits = new Map<string, number>(wantedPoints(options).map((point) => [nameOf(point), 0]));
  for (const { plan, hit } of rounds)
    if (hit && plan.point !== null) hits.set(nameOf(plan.point), (hits.get(nameOf(plan.point)) ?? 0) + 1);
  for (const [name, count] of hits) say(`  ${String(count).padStart(3)}  ${name}`);
  say(`  ${String(rounds.filter(({ plan }) => plan.point === null).length).padStart(3)}  moments of chance`);
  const servers = Map.groupBy(rounds, ({ plan }) => plan.server);
  const count = (server: Server) => servers.get(server)?.length ?? 0;
  say(
    `also killed: IMAP server ${count("IMAP")}, PostgreSQL ${count("database")}, SMTP server ${count("SMTP")}; beside a second program ${rounds.filter(({ plan }) => plan.beside).length}`,
  );
  const missed = [...hits].filter(([, times]) => times === 0).map(([name]) => name);
  if (missed.length === 0) return true;
  const wanted = enoughKills(hits.size);
  const enough = kills >= wanted && aim === "";
  say(
    enough
      ? `never hit: ${missed.join("; ")}`
      : `${kills} kills are too few for every failpoint (${wanted}); not hit: ${missed.length}`,
  );
  return !enough;
}
