import { afterEach, describe, expect, it } from "vitest";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startImapScript } from "../sandbox/imap-script.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch, writeTo } from "./watched.ts";

/** Places change under the watcher: nothing may be lost, nothing thought about twice. */

afterEach(endWatching);

async function dovecot(extra = "") {
  const world = await startDovecot({ users: [DESK, SENDER], extra });
  atEnd(() => world.remove());
  const renumber = (value: number) =>
    world.doveadm("mailbox", "update", "-u", DESK, "--uid-validity", String(value), "INBOX");
  return { world, account: deskOf(world.imap(DESK)), write: writeTo(world), renumber };
}

describe.runIf(dovecotInstalled())("on Dovecot", () => {
  it("UIDVALIDITY changes in a live session while a letter comes: all is scanned anew, one is new, told once", async () => {
    const { account, write, renumber } = await dovecot();
    await write("one");
    await write("two");
    const { watcher, kept, troubles, said, subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["one", "two"]));
    renumber(123_456);
    await write("three");
    await eventually(() => expect(subjects()).toEqual(["one", "two", "three"]));
    await eventually(() => expect(watcher.place()?.uidValidity).toBe(123_456n));
    await eventually(() => expect(kept.known(watcher.place()?.mailbox ?? "", 123_456n).size).toBe(3));
    expect(said("uidvalidity changed")).toBe(1);
    expect(troubles).toEqual(["uidvalidity_changed"]);
  }, 30_000);

  it("UIDVALIDITY changes while nobody watches and a letter comes: it is found, the others are known by content", async () => {
    const { account, write, renumber } = await dovecot();
    await write("one");
    const first = watch(account);
    await eventually(() => expect(first.subjects()).toEqual(["one"]));
    await first.watcher.stop();
    renumber(77);
    await write("meanwhile");
    const again = watch(account, { kept: first.kept });
    await eventually(() => expect(again.subjects()).toEqual(["one", "meanwhile"]));
    expect(again.kept.places.size).toBe(3);
  }, 30_000);

  it("a mailbox of the same name, UIDVALIDITY and UIDs in another account holds other letters", async () => {
    const { world, account, write, renumber } = await dovecot();
    await write("at the desk");
    renumber(5);
    const first = watch(account);
    await eventually(() => expect(first.subjects()).toEqual(["at the desk"]));
    await first.watcher.stop();
    await world.send(DESK, { to: SENDER, subject: "elsewhere", text: "x" });
    world.doveadm("mailbox", "update", "-u", SENDER, "--uid-validity", "5", "INBOX");
    const moved = watch(deskOf(world.imap(SENDER)), { kept: first.kept });
    await eventually(() => expect(moved.subjects()).toEqual(["at the desk", "elsewhere"]));
  }, 30_000);

  it("a kick in IDLE is a close without an error: the watcher is back at once and misses nothing", async () => {
    const { world, account, write } = await dovecot();
    const { watcher, subjects } = watch(account);
    await eventually(() => expect(watcher.watching()).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 300)); // in IDLE by now
    world.kick();
    await write("after the kick");
    await eventually(() => expect(subjects()).toEqual(["after the kick"]));
    expect(watcher.watching()).toBe(true);
  }, 30_000);

  it("tells how full the mailbox is", async () => {
    const { account, world } = await dovecot(`
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1M
}`);
    await world.send(SENDER, { to: DESK, subject: "large", text: "x".repeat(76).concat("\n").repeat(7_000) });
    const { watcher, subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["large"]));
    await eventually(() => expect(watcher.quota()?.usedShare).toBeGreaterThan(0.4));
    expect(watcher.quota()?.usedShare).toBeLessThan(0.8);
  }, 30_000);

  it("does not know how full a mailbox is whose server does not say", async () => {
    const { account } = await dovecot();
    const { watcher } = watch(account);
    await eventually(() => expect(watcher.watching()).toBe(true));
    expect(watcher.quota()).toBeNull();
  });
});

describe("a server that is not honest about UIDVALIDITY", () => {
  const scripted = async (valid: () => string) => {
    const server = await startImapScript((command, say) => {
      if (!/^(SELECT|EXAMINE)/.test(command)) return null;
      say("* 0 EXISTS");
      if (valid() !== "") say(`* OK [UIDVALIDITY ${valid()}] valid`);
      return "OK done";
    });
    atEnd(() => server.stop());
    return deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "x" });
  };

  it.each([
    ["none", ""],
    ["zero", "0"],
  ])("with %s is not read at all, and somebody is told", async (_, value) => {
    const { watcher, troubles, kept } = watch(await scripted(() => value));
    await eventually(() => expect(troubles).toEqual(["uidvalidity_missing"]));
    expect(watcher.watching()).toBe(false);
    expect(kept.places.size).toBe(0);
  });

  it("which changes it without a word is caught at the next whole scan", async () => {
    let value = "1";
    const timing = { scanEveryMs: 200, reconnectMinMs: 50 };
    const { watcher, said } = watch(await scripted(() => value), { timing });
    await eventually(() => expect(watcher.place()?.uidValidity).toBe(1n));
    value = "2";
    await eventually(() => expect(watcher.place()?.uidValidity).toBe(2n));
    await eventually(() => expect(watcher.watching()).toBe(true));
    expect(said("uidvalidity changed")).toBe(1);
  });
});
