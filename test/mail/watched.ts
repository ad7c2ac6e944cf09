import { vi } from "vitest";
import { type Watcher, type WatchOptions, watchMailbox } from "../../mail/imap/watch.ts";
import type { FetchedLetter } from "../../mail/intake/ingest.ts";
import { contentKey } from "../../mail/intake/ingest.ts";
import type { Account, LoopbackMail } from "../sandbox/mail-types.ts";

/** A watcher whose letters are kept as the store would: one entry a place, one original a content. */

export const DESK = "desk@hosho.example";
export const SENDER = "suzuki@tone.example";

const open: { watchers: Watcher[]; ends: (() => Promise<unknown>)[] } = { watchers: [], ends: [] };

/** Ends something after the test, once the watchers are stopped. */
export function atEnd(end: () => Promise<unknown>): void {
  open.ends.push(end);
}

/** For `afterEach`. */
export async function endWatching(): Promise<void> {
  await Promise.all(open.watchers.splice(0).map((watcher) => watcher.stop()));
  for (const end of open.ends.splice(0).reverse()) await end();
}

export function deskOf(account: Account): WatchOptions["account"] {
  return { ...account, security: "none", oauth: null, mailbox: "INBOX" };
}

export function writeTo(world: LoopbackMail) {
  return (subject: string) => world.send(SENDER, { to: DESK, subject, text: subject });
}

interface Line {
  level: "info" | "warn" | "error";
  code: unknown;
  message: string;
}

export class Kept {
  readonly places = new Map<string, FetchedLetter>();
  /** By content: what the desk would think about, once each. */
  readonly originals = new Map<string, FetchedLetter>();
  failures = 0;

  known(mailbox: string, uidValidity: bigint): Set<number> {
    const here = [...this.places.values()].filter(
      ({ place }) => place.mailbox === mailbox && place.uidValidity === uidValidity,
    );
    return new Set(here.map(({ place }) => place.uid));
  }

  take(letters: readonly FetchedLetter[]): { stored: number[] } {
    if (this.failures-- > 0) throw new Error("the database is away");
    for (const letter of letters) {
      const { mailbox, uidValidity, uid } = letter.place;
      const key = `${mailbox} ${uidValidity} ${uid}`;
      if (this.places.has(key)) throw new Error(`taken twice: ${key}`);
      this.places.set(key, letter);
      const content = contentKey(letter.bytes, null);
      if (!this.originals.has(content)) this.originals.set(content, letter);
    }
    return { stored: letters.map(({ place }) => place.uid) };
  }

  subjects(): (string | undefined)[] {
    return [...this.originals.values()].map(({ bytes }) =>
      /^Subject: (.*)$/m.exec(Buffer.from(bytes).toString())?.[1]?.trim(),
    );
  }
}

export function watch(
  account: WatchOptions["account"],
  { kept = new Kept(), ...change }: Partial<WatchOptions> & { kept?: Kept } = {},
) {
  const lines: Line[] = [];
  const troubles: string[] = [];
  const line = (level: Line["level"]) => (data: object, message: string) => {
    lines.push({ level, message, code: "code" in data ? data.code : undefined });
  };
  const watcher = watchMailbox({
    account,
    known: async (mailbox, uidValidity) => kept.known(mailbox, uidValidity),
    takeAll: async (letters) => kept.take(letters),
    now: () => new Date().toISOString(),
    log: { info: line("info"), warn: line("warn"), error: line("error") },
    onTrouble: (code) => troubles.push(code),
    ...change,
  });
  open.watchers.push(watcher);
  const said = (message: string) => lines.filter((one) => one.message === message).length;
  return { watcher, kept, lines, troubles, said, subjects: () => kept.subjects() };
}

export const eventually = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });
