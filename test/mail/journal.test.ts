import { afterEach, describe, expect, it } from "vitest";
import { JournalFault, openJournal } from "../../mail/imap/journal.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { type Answer, SILENCE, startImapScript } from "../sandbox/imap-script.ts";
import { startMail } from "../sandbox/mail.ts";
import { startStallingProxy } from "../sandbox/stalling-proxy.ts";
import { atEnd, DESK, deskOf, endWatching, SENDER } from "./watched.ts";

/** "Not there" leads to sending again: it may only be said by a server that looked. */

afterEach(endWatching);

const codeOf = (look: Promise<unknown>) =>
  look.then(
    () => "an answer",
    (error: unknown) => (error instanceof JournalFault ? error.code : String(error)),
  );

describe.runIf(dovecotInstalled())("a journal on Dovecot", () => {
  async function journal(ids: string[]) {
    const world = await startDovecot({ users: [DESK, SENDER] });
    atEnd(() => world.remove());
    for (const messageId of ids)
      await world.send(SENDER, { to: DESK, subject: "copy", text: "x", messageId });
    return { world, account: deskOf(world.imap(DESK)) };
  }

  it("tells the letters that are there from those that are not", async () => {
    const { account } = await journal(["<desk.1@hosho.example>", "<desk.2@hosho.example>"]);
    const { find } = openJournal({ account, mailbox: "INBOX" });
    const asked = ["<desk.1@hosho.example>", "<desk.2@hosho.example>", "<desk.3@hosho.example>"];
    expect([...(await find(asked))]).toEqual(asked.slice(0, 2));
    expect((await find([])).size).toBe(0);
  }, 30_000);

  it("does not take a part of a Message-ID, or another field, for the letter", async () => {
    const { world, account } = await journal(["<x<desk.1@hosho.example>"]);
    const raw = [
      "From: x@y.example",
      "Message-ID: <2@y.example>",
      "In-Reply-To: <desk.1@hosho.example>",
      "Comments: Message-ID: <desk.1@hosho.example>",
      "",
      "Message-ID: <desk.1@hosho.example>",
      "",
    ].join("\r\n");
    await world.send(SENDER, { to: DESK, raw });
    expect((await openJournal({ account, mailbox: "INBOX" }).find(["<desk.1@hosho.example>"])).size).toBe(0);
  }, 30_000);

  it("sees a copy that came after the first look, and changes no flag", async () => {
    const { world, account } = await journal([]);
    const { find } = openJournal({ account, mailbox: "INBOX" });
    const id = "<desk.9@hosho.example>";
    expect((await find([id])).size).toBe(0);
    await world.send(SENDER, { to: DESK, subject: "copy", text: "x", messageId: id });
    expect((await find([id])).size).toBe(1);
    // \\Recent is the server's own.
    expect((await world.inbox(DESK)).flatMap(({ flags }) => flags)).not.toContain("\\Seen");
  }, 30_000);

  it("may have a Japanese name", async () => {
    const { world, account } = await journal(["<desk.1@hosho.example>"]);
    world.doveadm("mailbox", "create", "-u", DESK, "控え");
    const { find } = openJournal({ account, mailbox: "控え" });
    expect((await find(["<desk.1@hosho.example>"])).size).toBe(0);
    world.doveadm("copy", "-u", DESK, "控え", "mailbox", "INBOX", "all");
    expect((await find(["<desk.1@hosho.example>"])).size).toBe(1);
  }, 30_000);

  it("that does not exist is a fault of its own", async () => {
    const { account } = await journal([]);
    expect(await codeOf(openJournal({ account, mailbox: "Journal" }).find(["<1@x>"]))).toBe(
      "journal_missing",
    );
  }, 30_000);
});

it("a journal in the sandbox's own server can be asked as well", async () => {
  const world = await startMail({ users: [DESK, SENDER] });
  atEnd(() => world.remove());
  const ids = ["<desk.1@hosho.example>", "<desk.2@hosho.example>"];
  await world.send(SENDER, { to: DESK, subject: "copy", text: "x", messageId: "<desk.1@hosho.example>" });
  const { find } = openJournal({ account: deskOf(world.imap(DESK)), mailbox: "INBOX" });
  expect([...(await find(ids))]).toEqual(ids.slice(0, 1));
});

describe("a journal that cannot be asked", () => {
  it("because the server is away or the password is wrong", async () => {
    const world = await startMail({ users: [DESK] });
    atEnd(() => world.remove());
    const account = deskOf(world.imap(DESK));
    const wrong = openJournal({ account: { ...account, password: "wrong" }, mailbox: "INBOX" });
    expect(await codeOf(wrong.find(["<1@x>"]))).toBe("authentication_failed");
    await world.stop();
    expect(await codeOf(openJournal({ account, mailbox: "INBOX" }).find(["<1@x>"]))).toBe("ECONNREFUSED");
  });

  it("because the line is dead is given up in time", async () => {
    const world = await startMail({ users: [DESK] });
    atEnd(() => world.remove());
    const proxy = await startStallingProxy(world.imap(DESK).port);
    atEnd(() => proxy.stop());
    proxy.stall();
    const account = deskOf({ ...world.imap(DESK), port: proxy.port });
    const { find } = openJournal({ account, mailbox: "INBOX", limitMs: 300 });
    expect(await codeOf(find(["<1@x>"]))).toBe("journal_slow");
  });

  async function scripted(answer: Answer) {
    const server = await startImapScript(answer);
    atEnd(() => server.stop());
    const account = deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "x" });
    return openJournal({ account, mailbox: "INBOX", limitMs: 500 });
  }

  it("because it refuses to search", async () => {
    const { find } = await scripted((command) => (command.startsWith("UID SEARCH") ? "NO not now" : null));
    expect(await codeOf(find(["<1@x>"]))).toBe("search_failed");
  });

  it("because it never answers", async () => {
    const { find } = await scripted((command) => (command.startsWith("UID SEARCH") ? SILENCE : null));
    expect(await codeOf(find(["<1@x>"]))).toBe("journal_slow");
  });

  it("because it finds a letter and then does not show it", async () => {
    const { find } = await scripted((command, say) => {
      if (!command.startsWith("UID SEARCH")) return null;
      say("* SEARCH 4");
      return "OK done";
    });
    expect(await codeOf(find(["<1@x>"]))).toBe("journal_unsure");
  });

  it.each(["<a b@x>", '<a"b@x>', "a@x", "<a\r\nb@x>", ""])(
    "about %j, which is no Message-ID of ours",
    async (id) => {
      const { find } = await scripted(() => null);
      expect(await codeOf(find([id]))).toBe("journal_id");
    },
  );
});
