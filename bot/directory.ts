import type { BotLog } from "./log.ts";
import { faultOf } from "./slack.ts";

/**
 * Who belongs to which Slack user group and who is deactivated, kept in memory. It is asked in the background only:
 * no act ever waits for it. While Slack cannot be asked, the last answer holds.
 */
export interface Directory {
  /** False, too, until Slack has answered about this group for the first time. */
  isMember(group: string, slack: string): boolean;
  /** False until Slack has said so. */
  isDeactivated(slack: string): boolean;
  /** Whom to ask about from now on; asks at once. */
  follow(wanted: Wanted): void;
}

export interface Wanted {
  people: readonly string[];
  groups: readonly string[];
}

/** What the directory asks of Slack; each may throw `SlackFault`. */
export interface DirectoryCalls {
  /** `null` when there is no such group. */
  membersOf(group: string): Promise<string[] | null>;
  isDeactivated(user: string): Promise<boolean>;
}

/** Somebody who leaves loses the roles of a group within this time. */
const EVERY_MS = 5 * 60_000;
/** Slack's waits are seconds; a longer one is left to the next round. */
const LONGEST_WAIT_MS = 60_000;
/** Times that one question is put again after Slack said "later". */
const LIMITED_MAX = 5;

/** Keeps the directory up to date until it is stopped. `asked` resolves when a round that was due has ended. */
export function keepDirectory(
  calls: DirectoryCalls,
  log: BotLog,
  everyMs = EVERY_MS,
): Directory & { asked(): Promise<void>; stop(): void } {
  const members = new Map<string, ReadonlySet<string>>();
  const deactivated = new Set<string>();
  const troubles = new Map<string, string>();
  let wanted: Wanted = { people: [], groups: [] };
  let running: Promise<void> | null = null;
  let again = false;
  const stopping = new AbortController();
  const { signal } = stopping;

  /** Logs a trouble when it begins, changes and ends; not at every round. */
  const note = (what: string, code: string | null): void => {
    if ((troubles.get(what) ?? null) === code) return;
    if (code === null) {
      troubles.delete(what);
      log.info({ what }, "Slack's directory answers again");
      return;
    }
    troubles.set(what, code);
    log.warn({ what, reason: code }, "Slack's directory cannot be asked; the last answer holds");
  };
  /** One question after the other; the first fault ends the pass, the next round begins anew. */
  const pass = async (what: string, ids: readonly string[], ask: (id: string) => Promise<void>) => {
    try {
      for (const id of ids) {
        await patiently(() => ask(id), signal);
        if (signal.aborted) return;
      }
      note(what, null);
    } catch (error) {
      if (!signal.aborted) note(what, faultOf(error).code);
    }
  };
  const round = async (): Promise<void> => {
    const { people, groups } = wanted;
    await pass("usergroups.users.list", groups, async (group) => {
      const found = await calls.membersOf(group);
      if (found === null) log.warn({ group }, "STAFF_FILE names a user group that Slack does not know");
      members.set(group, new Set(found ?? []));
    });
    await pass("users.info", people, async (user) => {
      if (await calls.isDeactivated(user)) deactivated.add(user);
      else deactivated.delete(user);
    });
    // Bounded by the list: whoever is no longer on it is forgotten.
    for (const group of members.keys()) if (!wanted.groups.includes(group)) members.delete(group);
    for (const user of deactivated) if (!wanted.people.includes(user)) deactivated.delete(user);
  };
  /** One round at a time; what is asked for during one is done after it. */
  const refresh = (): void => {
    if (signal.aborted) return;
    again = true;
    running ??= (async () => {
      while (again && !signal.aborted) {
        again = false;
        await round();
      }
      running = null;
    })();
  };
  const timer = setInterval(refresh, everyMs).unref();
  return {
    isMember: (group, slack) => members.get(group)?.has(slack) ?? false,
    isDeactivated: (slack) => deactivated.has(slack),
    follow: (next) => {
      wanted = next;
      refresh();
    },
    asked: async () => void (await running),
    stop: () => {
      clearInterval(timer);
      stopping.abort();
    },
  };
}

/** Asks, and asks again when Slack says "later", after the time it names. @throws SlackFault. */
async function patiently(ask: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const fault = faultOf(error);
      const later = fault.kind === "limited" && fault.retryAfterMs <= LONGEST_WAIT_MS;
      if (!later || attempt >= LIMITED_MAX || signal.aborted) throw fault;
      await pause(fault.retryAfterMs, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
