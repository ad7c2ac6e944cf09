import type { Chance } from "./chance.ts";
import { type Kind, type MarkedLetter, markedLetter, type Wanted } from "./letters.ts";
import { readChannel, shownOf } from "./shown.ts";
import type { CrashWorld } from "./world.ts";

const USUAL: readonly Kind[] = ["application", "application", "query", "query", "query", "form", "staff"];

/** Who wrote what so far, and who still waits for an answer, as people outside can tell. */
export class Ledger {
  readonly letters: MarkedLetter[] = [];
  readonly #world: CrashWorld;
  readonly #chance: Chance;
  readonly #clerks: number;
  readonly #asked: { number: string; key: string };
  /** Letters without answer or note, and how many kills each has been through. */
  readonly #waiting = new Map<MarkedLetter, number>();

  /** @param clerks how many can ask; once each has, only applications come. */
  constructor(world: CrashWorld, chance: Chance, asked: { number: string; key: string }, clerks: number) {
    this.#clerks = clerks;
    this.#world = world;
    this.#chance = chance;
    this.#asked = asked;
  }

  /** Writes a letter and sees it into the desk's mailbox. */
  async post(wanted?: Wanted): Promise<MarkedLetter> {
    const some = wanted ?? { kind: this.#chance.pick(USUAL) };
    const n = this.letters.length + 1;
    const possible = some.kind === "query" && n > this.#clerks ? { kind: "application" as const } : some;
    const letter = markedLetter(n, possible, this.#asked, this.#chance);
    this.letters.push(letter);
    this.#waiting.set(letter, 0);
    await this.#world.post(letter);
    return letter;
  }

  /** Letters that are neither answered nor shown to staff. */
  waiting(): MarkedLetter[] {
    const { relay, slack, channel } = this.#world;
    const answered = new Set(relay.transmissions.filter((t) => t.stored).map((t) => t.inReplyTo));
    const roots = readChannel(slack, channel);
    for (const letter of this.#waiting.keys())
      if (answered.has(letter.messageId) || shownOf(slack, channel, roots, letter).notes > 0)
        this.#waiting.delete(letter);
    return [...this.#waiting.keys()];
  }

  /** Applications whose case's thread does not say yet what became of the answer. */
  untold(): MarkedLetter[] {
    const { slack, channel } = this.#world;
    const roots = readChannel(slack, channel);
    return this.letters.filter((letter) => {
      if (letter.kind !== "application") return false;
      const { sent, notes } = shownOf(slack, channel, roots, letter);
      return sent + notes === 0;
    });
  }

  /** @returns whether a letter waited when the program was killed. */
  killed(): boolean {
    const waiting = this.waiting();
    for (const letter of waiting) this.#waiting.set(letter, (this.#waiting.get(letter) ?? 0) + 1);
    return waiting.length > 0;
  }

  /** The most kills that a letter which still waits has been through. */
  patience(): number {
    return Math.max(0, ...this.#waiting.values());
  }
}
