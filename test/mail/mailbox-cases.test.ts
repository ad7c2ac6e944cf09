import { afterEach, describe, expect, it } from "vitest";
import { LETTER_BYTES } from "../../mail/limits.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startImapScript } from "../sandbox/imap-script.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch, writeTo } from "./watched.ts";

/** Mailboxes as other people use them while the desk watches, on a real server. */

afterEach(endWatching);

describe.runIf(dovecotInstalled())("on Dovecot", () => {
  async function dovecot() {
    const world = await startDovecot({ users: [DESK, SENDER] });
    atEnd(() => world.remove());
    return { world, account: deskOf(world.imap(DESK)), write: writeTo(world) };
  }

  it("a letter too large is known by its header, and the next one is not kept waiting", async () => {
    const { world, account, write } = await dovecot();
    const head = `From: ${SENDER}\r\nSubject: huge\r\n\r\n`;
    const raw = Buffer.concat([Buffer.from(head), Buffer.alloc(LETTER_BYTES, "0123456789abcdef\r\n")]);
    await world.send(SENDER, { to: DESK, raw });
    await write("small");
    const { kept, subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["huge", "small"]));
    const [huge] = [...kept.places.values()];
    expect(huge?.oversize).toBe(true);
    expect(huge?.bytes.length).toBeLessThan(10_000);
    expect(huge?.size).toBeGreaterThan(LETTER_BYTES);
  }, 60_000);
});

it("a letter that the server lists and cannot give out does not hold the others, and is told once", async () => {
  const letter = (uid: number) => `From: ${SENDER}\r\nSubject: ${uid}\r\n\r\nx\r\n`;
  const server = await startImapScript((command, say) => {
    if (command.startsWith("UID SEARCH")) say("* SEARCH 1 2 3");
    else if (command.startsWith("UID FETCH")) {
      const uids = (command.split(" ")[2] ?? "").split(",").map(Number);
      if (command.includes("BODY.PEEK[]") && uids.includes(2)) return "NO the message is corrupt";
      for (const uid of uids)
        say(
          command.includes("RFC822.SIZE")
            ? `* ${uid} FETCH (UID ${uid} RFC822.SIZE ${letter(uid).length} INTERNALDATE "10-Apr-2026 10:00:00 +0900")`
            : `* ${uid} FETCH (UID ${uid} BODY[] {${letter(uid).length}}\r\n${letter(uid)})`,
        );
    } else return null;
    return "OK done";
  });
  atEnd(() => server.stop());
  const account = deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "x" });
  const { watcher, subjects, troubles } = watch(account, { timing: { scanEveryMs: 100 } });
  await eventually(() => expect(subjects()).toEqual(["1", "3"]));
  await eventually(() =>
    expect(server.commands.filter((one) => one.startsWith("UID FETCH 2 (UID BODY")).length).toBeGreaterThan(
      2,
    ),
  );
  expect(watcher.watching()).toBe(true);
  expect(troubles).toEqual(["letter_refused"]);
});
