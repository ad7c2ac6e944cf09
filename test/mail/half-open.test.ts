import { afterEach, describe, expect, it } from "vitest";
import { connectImap, type ImapTiming } from "../../mail/imap/connection.ts";
import { WATCH_TIMING, type WatchTiming } from "../../mail/imap/timing.ts";
import { watchdog } from "../../mail/imap/watchdog.ts";
import { SILENCE, startImapScript } from "../sandbox/imap-script.ts";
import { startMail } from "../sandbox/mail.ts";
import type { LoopbackMail } from "../sandbox/mail-types.ts";
import { type StallingProxy, startStallingProxy } from "../sandbox/stalling-proxy.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch, writeTo } from "./watched.ts";

/** Lines that go dead without a word: nobody closes, nobody answers. Times are those of production, made short. */

afterEach(endWatching);

const SHORT: Partial<WatchTiming> = {
  ...{ connectMs: 800, socketMs: 900, idleRenewMs: 600, watchdogMs: 1_700 },
  ...{ scanEveryMs: 1_000, reconnectMinMs: 50 },
};
const NEVER = 600_000;

async function lineTo(world: LoopbackMail) {
  atEnd(() => world.remove());
  const proxy = await startStallingProxy(world.imap(DESK).port);
  atEnd(() => proxy.stop());
  return { world, proxy, account: deskOf({ ...world.imap(DESK), port: proxy.port }), write: writeTo(world) };
}

async function goesDeadAndComesBack(
  { proxy, account, write }: Awaited<ReturnType<typeof lineTo>>,
  timing: Partial<WatchTiming>,
  dead: (proxy: StallingProxy) => void,
) {
  const { watcher, subjects, said } = watch(account, { timing });
  await eventually(() => expect(watcher.watching()).toBe(true));
  await new Promise((resolve) => setTimeout(resolve, 300)); // in IDLE by now
  dead(proxy);
  proxy.flow();
  await write("while the line was dead");
  await eventually(() => expect(subjects()).toEqual(["while the line was dead"]));
  expect(proxy.connections).toBeGreaterThan(1);
  return { said };
}

const memory = async () => lineTo(await startMail({ users: [DESK, SENDER] }));

describe("a line that goes dead", () => {
  it("in IDLE is given up, and the letter that came meanwhile is read", async () => {
    const timing = { ...SHORT, scanEveryMs: NEVER, watchdogMs: NEVER };
    await goesDeadAndComesBack(await memory(), timing, (proxy) => proxy.stall());
  }, 30_000);

  it("is given up by the watchdog although the client's own timers slept", async () => {
    const timing = { ...SHORT, socketMs: NEVER, idleRenewMs: NEVER };
    const { said } = await goesDeadAndComesBack(await memory(), timing, (proxy) => proxy.stall());
    expect(said("mailbox connection says nothing, given up")).toBeGreaterThan(0);
  }, 30_000);

  it("is given up although somebody goes on saying that he is still there", async () => {
    const timing = { ...SHORT, socketMs: NEVER, idleRenewMs: NEVER };
    await goesDeadAndComesBack(await memory(), timing, (proxy) => {
      proxy.stall();
      proxy.trickle("* OK Still here\r\n", 100);
    });
  }, 30_000);

  it("before the greeting does not hold the watcher", async () => {
    const { proxy, account, write } = await memory();
    proxy.stall();
    const { subjects, watcher } = watch(account, { timing: SHORT });
    await eventually(() => expect(proxy.connections).toBeGreaterThan(1));
    expect(watcher.watching()).toBe(false);
    proxy.flow();
    await write("after all");
    await eventually(() => expect(subjects()).toEqual(["after all"]));
  }, 30_000);

  it("in the midst of a command is given up", async () => {
    let searches = 0;
    const server = await startImapScript((command, say) => {
      if (!command.startsWith("UID SEARCH")) return null;
      if (++searches > 1) {
        say("* SEARCH");
        return "OK done";
      }
      return SILENCE;
    });
    atEnd(() => server.stop());
    const account = deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "x" });
    const { watcher } = watch(account, { timing: SHORT });
    await eventually(() => expect(watcher.watching()).toBe(true));
    expect(searches).toBeGreaterThan(1);
  }, 30_000);

  it("does not delay an orderly end", async () => {
    const { proxy, account } = await memory();
    const { watcher } = watch(account, { timing: { scanEveryMs: 300, stopMs: 200 } });
    await eventually(() => expect(watcher.watching()).toBe(true));
    proxy.stall();
    await new Promise((resolve) => setTimeout(resolve, 800)); // the next scan waits for an answer that never comes
    const stopped = watcher.stop().then(() => true);
    const late = new Promise((resolve) => setTimeout(resolve, 10_000, false).unref());
    expect(await Promise.race([stopped, late])).toBe(true);
  }, 30_000);

  it("is noticed within two minutes with the times of production", () => {
    const { socketMs, idleRenewMs, watchdogMs, scanEveryMs, connectMs } = WATCH_TIMING;
    expect(idleRenewMs).toBeLessThan(socketMs);
    expect(idleRenewMs + socketMs).toBeLessThan(120_000);
    expect(watchdogMs).toBeLessThan(120_000);
    // A healthy quiet mailbox answers a scan in time.
    expect(scanEveryMs).toBeLessThan(watchdogMs);
    expect(connectMs).toBeLessThan(watchdogMs);
  });
});

describe("a connection with one long command", () => {
  it.each([
    ["goes on while a large letter comes in over a slow line", 20_000, false],
    ["is given up when hardly anything comes", 20, true],
  ])("%s", async (_, bytesEach20Ms, givenUp) => {
    let received = 0;
    let barked = false;
    const line = setInterval(() => {
      received += bytesEach20Ms;
    }, 20);
    const dog = watchdog(
      400,
      () => received,
      () => {
        barked = true;
      },
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    clearInterval(line);
    dog.end();
    expect(barked).toBe(givenUp);
  });

  it("is not blamed for the time that the store takes", async () => {
    let barked = false;
    const dog = watchdog(
      100,
      () => 0,
      () => {
        barked = true;
      },
    );
    await dog.aside(() => new Promise((resolve) => setTimeout(resolve, 500)));
    dog.end();
    expect(barked).toBe(false);
  });
});

it("a connection can be cut while it is being made", async () => {
  const { proxy, account } = await memory();
  proxy.stall();
  const cut = new AbortController();
  const timing: ImapTiming = { connectMs: NEVER, socketMs: NEVER, idleRenewMs: NEVER };
  setTimeout(() => cut.abort(), 100);
  await expect(connectImap({ account }, { signal: cut.signal, timing })).rejects.toThrow();
});
