import { afterEach, describe, expect, it } from "vitest";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch } from "./watched.ts";

/** A full mailbox gives senders bounces: how full it is has to be known before. */

afterEach(endWatching);

async function dovecot(extra = "") {
  const world = await startDovecot({ users: [DESK, SENDER], extra });
  atEnd(() => world.remove());
  return { world, account: deskOf(world.imap(DESK)) };
}

describe.runIf(dovecotInstalled())("on Dovecot", () => {
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
