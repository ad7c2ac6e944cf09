/** Watches over a connection that says nothing: the net under the timers of the IMAP client. */

export interface Watchdog {
  /** A command was answered: everything is well for another while. */
  alive(): void;
  /** Does something in which the server has no part; its time does not count. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  end(): void;
}

/**
 * A large letter over a slow line is one long command. As long as this much comes within the time it goes on; a server
 * that only says "still here" now and then sends less.
 */
const TRICKLE_BYTES = 64 * 1024;

/** Calls `bark` once, when for `ms` no command was answered and hardly a byte came. */
export function watchdog(ms: number, received: () => number, bark: () => void): Watchdog {
  let before = 0;
  let asides = 0;
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    before = received();
    timer = setTimeout(look, ms);
  };
  const look = () => {
    if (asides > 0 || received() - before >= TRICKLE_BYTES) alive();
    else bark();
  };
  alive();
  return {
    alive,
    async aside(work) {
      asides++;
      try {
        return await work();
      } finally {
        asides--;
        alive();
      }
    },
    end: () => clearTimeout(timer),
  };
}
