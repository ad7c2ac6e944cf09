import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fileAway } from "../../../mail/imap/folders.ts";
import { headerKey } from "../../../mail/intake/ingest.ts";
import { CONTRACTOR, DESK } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { startImapScript } from "../../sandbox/imap-script.ts";
import { filingTable } from "../filing-table.ts";
import { atEnd, deskOf, endWatching, eventually, watch } from "../watched.ts";
import { application, library, sharedDovecot, startWholeDesk, type WholeDesk } from "./setting.ts";

/** Cases 11 to 15: the numbers of letters change under the desk. */

afterEach(endWatching);

const scripted = (port: number) => deskOf({ host: "127.0.0.1", port, user: "desk", password: "x" });

describe.runIf(dovecotInstalled())("the whole desk on Dovecot", () => {
  let desk: WholeDesk;
  beforeAll(async () => {
    desk = await startWholeDesk();
  });
  afterAll(() => desk.stop());
  const send = (title: string) => desk.world.mail.send(CONTRACTOR, { to: DESK, raw: application(title) });
  const renumber = (value: number) =>
    desk.mail.doveadm("mailbox", "update", "-u", DESK, "--uid-validity", String(value), "INBOX");
  const answered = async (...titles: string[]) => {
    const counts = titles.map(async (title) => [desk.cards(title), (await desk.answers(title)).length]);
    return Promise.all(counts);
  };
  const once = [1, 1];

  it("cases 11 and 12: UIDVALIDITY changes under the watcher: all is read anew, nothing is answered twice, staff are told why", async () => {
    await send("町道一号線工事");
    await send("町道二号線工事");
    await desk.settled(2);
    renumber(123_456);
    await desk.settled(4);
    await desk.world.slack.waitFor(() => desk.told("番号を振り直しました") === 1, { timeoutMs: 20_000 });
    expect(await answered("町道一号線工事", "町道二号線工事")).toEqual([once, once]);
    const known = await desk.query("SELECT count(duplicate_of)::int AS n FROM letters GROUP BY uid_validity");
    expect(known.map(({ n }) => n).sort()).toEqual([0, 2]);
  }, 60_000);

  it("case 13: UIDVALIDITY changed while nobody watched and a letter came: it alone is answered", async () => {
    const before = await desk.places();
    await desk.world.desk.stop();
    renumber(123_457);
    await send("町道三号線工事");
    await desk.world.restart();
    await desk.settled(before + 3);
    expect(await answered("町道一号線工事", "町道二号線工事", "町道三号線工事")).toEqual([once, once, once]);
  }, 60_000);
});

describe.runIf(dovecotInstalled())("on Dovecot", () => {
  const box = sharedDovecot(4);

  it("case 11: a mailbox that is made anew gives old numbers to other letters, and they are read", async () => {
    const { account, doveadm } = box();
    const { client } = await library(account);
    const put = (subject: string) =>
      client.append("Desk", `From: a@b.example\r\nSubject: ${subject}\r\n\r\nx\r\n`);
    doveadm("mailbox create", "Desk");
    await put("the first one");
    const first = watch({ ...account, mailbox: "Desk" });
    await eventually(() => expect(first.subjects()).toEqual(["the first one"]));
    await first.watcher.stop();
    doveadm("mailbox delete", "Desk");
    doveadm("mailbox create", "Desk");
    await put("another letter");
    const again = watch({ ...account, mailbox: "Desk" }, { kept: first.kept });
    await eventually(() => expect(again.subjects()).toEqual(["the first one", "another letter"]));
    expect([...again.kept.places.values()].map(({ place }) => place.uid)).toEqual([1, 1]);
  }, 30_000);

  it("case 11: a mailbox of the same name, UIDVALIDITY and UIDs in another account holds other letters", async () => {
    const [one, other] = [box(), box()];
    await one.write("at the desk");
    await other.write("elsewhere");
    for (const { renumber } of [one, other]) renumber(5);
    const first = watch(one.account);
    await eventually(() => expect(first.subjects()).toEqual(["at the desk"]));
    await first.watcher.stop();
    const moved = watch(other.account, { kept: first.kept });
    await eventually(() => expect(moved.subjects()).toEqual(["at the desk", "elsewhere"]));
  }, 30_000);

  it("case 12: the library names no cause when UIDVALIDITY changes in IDLE: the connection is closed, that is all", async () => {
    const { account, renumber, write } = box();
    const { client, events } = await library(account);
    const { uidValidity } = await client.mailboxOpen("INBOX");
    const idle = client.idle();
    await eventually(() => expect(client.idling).toBe(true));
    renumber(4_711);
    await write("wakes the server");
    expect(await idle).toBe(false);
    await eventually(() => expect(events).toEqual(["close"]));
    expect(uidValidity).not.toBe(4_711n);
  }, 30_000);
});

it("case 12: a server that changes UIDVALIDITY without a word is caught at the next whole look", async () => {
  let value = "1";
  const server = await startImapScript((command, say) => {
    if (!/^(SELECT|EXAMINE)/.test(command)) return null;
    say("* 0 EXISTS");
    say(`* OK [UIDVALIDITY ${value}] valid`);
    return "OK done";
  });
  atEnd(() => server.stop());
  const timing = { scanEveryMs: 200, reconnectMinMs: 50 };
  const { watcher, said, troubles } = watch(scripted(server.port), { timing });
  await eventually(() => expect(watcher.place()?.uidValidity).toBe(1n));
  value = "2";
  await eventually(() => expect(watcher.place()?.uidValidity).toBe(2n));
  await eventually(() => expect(watcher.watching()).toBe(true));
  expect(said("uidvalidity changed")).toBe(1);
  expect(troubles).toEqual(["uidvalidity_changed"]);
});

it.each([
  ["no UIDVALIDITY", null],
  ["UIDVALIDITY 0", "* OK [UIDVALIDITY 0] valid"],
])("case 14: a server with %s is not read at all, and staff are told", async (_, line) => {
  const server = await startImapScript((command, say) => {
    if (!/^(SELECT|EXAMINE)/.test(command)) return null;
    say("* 1 EXISTS");
    if (line !== null) say(line);
    return "OK done";
  });
  atEnd(() => server.stop());
  const { watcher, troubles, kept } = watch(scripted(server.port), { timing: { reconnectMinMs: 20 } });
  await eventually(() =>
    expect(server.commands.filter((one) => one.startsWith("EXAMINE")).length).toBeGreaterThan(1),
  );
  expect(troubles).toEqual(["uidvalidity_missing"]);
  expect(watcher.watching()).toBe(false);
  expect(kept.places.size).toBe(0);
  expect(server.commands.filter((one) => one.startsWith("UID"))).toEqual([]);
});

it("case 15: on a bridge that gives a number to another letter, that letter is not moved in place of ours", async () => {
  const letter = (subject: string) => `From: a@b.example\r\nSubject: ${subject}\r\n\r\nx\r\n`;
  const lying = new Map([
    [1, letter("done with")],
    [2, letter("done with, too")],
  ]);
  const server = await startImapScript((command, say) => {
    const [verb = "", what = "", set = ""] = command.split(" ");
    const uids = (verb === "UID" ? set : "").split(",").map(Number);
    if (command.startsWith("UID SEARCH")) say(`* SEARCH ${[...lying.keys()].join(" ")}`);
    else if (what === "FETCH") {
      for (const uid of uids) {
        const text = lying.get(uid) ?? "";
        const part = command.includes("BODY.PEEK[HEADER]") ? text.slice(0, text.indexOf("x\r\n")) : text;
        const name = command.includes("BODY.PEEK[HEADER]") ? "BODY[HEADER]" : "BODY[]";
        const size = `RFC822.SIZE ${text.length} INTERNALDATE "10-Apr-2026 10:00:00 +0900"`;
        const data = command.includes("RFC822.SIZE") ? size : `${name} {${part.length}}\r\n${part}`;
        say(`* ${uid} FETCH (UID ${uid} ${data})`);
      }
    } else if (what === "MOVE") return `OK [COPYUID 9 ${set} ${set}] done`;
    else return null;
    return "OK done";
  });
  atEnd(() => server.stop());
  const account = scripted(server.port);
  const { kept, watcher } = watch(account);
  await eventually(() => expect(kept.places.size).toBe(2));
  const rows = [...kept.places.values()].map(({ place, bytes }) => ({
    ...{ id: String(place.uid), uid: place.uid, headerKey: headerKey(bytes) },
    ...{ folder: "Processed" as const, ownLetter: false },
  }));
  lying.set(1, letter("not read yet"));
  const { context, filed, said } = filingTable(account, rows);
  const place = watcher.place();
  if (place === null) throw new Error("never opened");
  expect(await fileAway(context, place)).toBe("done");
  expect(await fileAway(context, place)).toBe("nothing");
  expect(server.commands.filter((one) => one.startsWith("UID MOVE"))).toEqual(["UID MOVE 2 Processed"]);
  expect(filed()).toEqual(["INBOX", "Processed"]);
  expect(said.filter((line) => line.startsWith("another letter"))).toHaveLength(1);
});
