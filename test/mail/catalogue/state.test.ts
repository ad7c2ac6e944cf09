import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../../journeys/child.ts";
import { CONTRACTOR, DESK } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { endWatching } from "../watched.ts";
import { append, application, type RawLetter, startWholeDesk, type WholeDesk } from "./setting.ts";

/** Cases 21 to 30: what says that a letter is new, and what does not. The whole desk on Dovecot. */

afterEach(endWatching);

const POLL = { timeout: 20_000, interval: 30 };
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

describe.runIf(dovecotInstalled())("a letter", () => {
  let desk: WholeDesk;
  beforeAll(async () => {
    desk = await startWholeDesk({ settings: { MAIL_GO_LIVE: "2020-01-01T00:00:00Z" } });
  });
  afterAll(() => desk.stop());

  const send = (title: string, change?: RawLetter) =>
    desk.world.mail.send(CONTRACTOR, { to: DESK, raw: application(title, change) });
  /** How it lies in the mailbox now. */
  const lying = async (title: string) =>
    (await desk.mail.inbox(DESK)).filter((letter) => letter.text.includes(title));
  /** Its flags; \\Recent is the server's own affair, no mark of anybody's (RFC 3501 §2.3.2). */
  const marks = async (title: string) =>
    (await lying(title)).flatMap(({ flags }) => flags.filter((flag) => flag !== "\\Recent"));
  /** Cards and answers of these works. */
  const cardsAndAnswers = async (title: string) => [desk.cards(title), (await desk.answers(title)).length];
  const once = [1, 1];

  /** Something happens to the mailbox while the desk is away; then so many new places are to be recorded. */
  async function whileAway(places: number, happens: () => Promise<unknown>): Promise<void> {
    const before = await desk.places();
    await desk.world.desk.stop();
    try {
      await happens();
    } finally {
      await desk.world.restart();
    }
    await desk.settled(before + places);
  }
  async function whileHere(places: number, happens: () => Promise<unknown>): Promise<void> {
    const before = await desk.places();
    await happens();
    await desk.settled(before + places);
  }

  it("case 21: that staff have opened before the desk saw it is answered", async () => {
    const title = "町道二十一号線工事";
    await whileAway(1, async () => {
      await send(title);
      desk.mail.doveadm("flags", "add", "-u", DESK, "\\Seen", "mailbox", "INBOX", "all");
      expect(await marks(title)).toEqual(["\\Seen"]);
    });
    expect(await cardsAndAnswers(title)).toEqual(once);
  }, 60_000);

  it("case 22: that was fetched when the program was killed is as new as before", async () => {
    const title = "町道二十二号線工事";
    await whileAway(1, async () => {
      await desk.query("BEGIN");
      await desk.query("LOCK TABLE letters IN EXCLUSIVE MODE"); // reading goes on, storing waits
      await send(title);
      const program = runProgram(["mail"], desk.world.env);
      const storing = `SELECT FROM pg_locks WHERE relation = 'letters'::regclass AND NOT granted`;
      await expect.poll(async () => (await desk.query(storing)).length, POLL).toBeGreaterThan(0);
      await program.kill();
      await desk.query("ROLLBACK");
      expect(await marks(title)).toEqual([]);
    });
    expect(await cardsAndAnswers(title)).toEqual(once);
  }, 60_000);

  it("case 23: that the database refuses stays untouched in the mailbox, and is answered once it is taken", async () => {
    const [title, next] = ["町道二十三号線工事", "町道二百三十号線工事"];
    await desk.query(`
      CREATE SEQUENCE refusals;
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('refusals'); RAISE EXCEPTION 'no'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON letters EXECUTE FUNCTION refuse()`);
    await whileHere(2, async () => {
      await send(title);
      const refusals = async () => (await desk.query("SELECT FROM refusals WHERE is_called")).length;
      await expect.poll(refusals, POLL).toBe(1);
      expect(await marks(title)).toEqual([]);
      await desk.query("DROP TRIGGER refuse ON letters");
      await send(next);
    });
    expect(await Promise.all([title, next].map(cardsAndAnswers))).toEqual([once, once]);
  }, 60_000);

  it("case 24: that lay there for ten days while the desk was away is answered", async () => {
    const title = "町道二十四号線工事";
    await whileAway(1, () =>
      append({ ...desk.mail.imap(DESK) }, [application(title, { date: daysAgo(10) })], daysAgo(10)),
    );
    const [row] = await desk.query("SELECT max(now() - received_at) > '9 days' AS old FROM letters");
    expect(row).toEqual({ old: true });
    expect(await cardsAndAnswers(title)).toEqual(once);
  }, 60_000);

  it("case 25: without Message-ID is answered", async () => {
    const title = "町道二十五号線工事";
    await whileHere(1, () => send(title, { messageId: null }));
    expect((await lying(title)).map(({ headers }) => headers.has("message-id"))).toEqual([false]);
    expect(await cardsAndAnswers(title)).toEqual(once);
  }, 60_000);

  it("case 26: with the Message-ID of another letter is answered as well", async () => {
    const titles = ["町道二十六号線工事", "町道二百六十号線工事"];
    const messageId = "<the-same@tone-kensetsu.example>";
    await whileHere(2, async () => {
      for (const title of titles) await send(title, { messageId });
    });
    expect(await Promise.all(titles.map(cardsAndAnswers))).toEqual([once, once]);
  }, 60_000);

  it("case 27: without Message-ID that is delivered again is not answered again", async () => {
    const title = "町道二十七号線工事";
    const date = new Date();
    await whileHere(2, async () => {
      for (let delivery = 0; delivery < 2; delivery++) await send(title, { messageId: null, date });
    });
    expect(await lying(title)).toHaveLength(2);
    expect(await cardsAndAnswers(title)).toEqual(once);
  }, 60_000);

  it("case 28: of the same sender, subject and second as another is answered as well", async () => {
    const titles = ["町道二十八号線工事", "町道二百八十号線工事"];
    const date = new Date();
    await whileHere(2, () => Promise.all(titles.map((title) => send(title, { messageId: null, date }))));
    const found = (await Promise.all(titles.map(lying))).flat();
    expect(
      new Set(found.map(({ subject, from, headers }) => [subject, from, headers.get("date")].join())).size,
    ).toBe(1);
    expect(await Promise.all(titles.map(cardsAndAnswers))).toEqual([once, once]);
  }, 60_000);

  it("case 29: that comes twice by two ways is answered once", async () => {
    const title = "町道二十九号線工事";
    const way = (alias: string) => [
      `Delivered-To: ${alias}`,
      `Received: from mx.example by ${alias.split("@")[1]}\r\n\tfor <${alias}>; Fri, 10 Apr 2026 10:00:00 +0900`,
      `X-Original-To: ${alias}`,
      `Authentication-Results: ${alias.split("@")[1]}; spf=none`,
    ];
    const date = new Date();
    await whileHere(2, async () => {
      for (const alias of ["hosho@mihon-hosho.example", "desk@group.mihon-hosho.example"])
        await send(title, { date, trace: way(alias) });
    });
    const [one, other] = await lying(title);
    expect(one?.raw.equals(other?.raw ?? Buffer.alloc(0))).toBe(false);
    expect(await cardsAndAnswers(title)).toEqual(once);
  }, 60_000);
});

describe.runIf(dovecotInstalled())("case 30: the first start on a mailbox in which 500 letters lie", () => {
  let desk: WholeDesk;
  beforeAll(async () => {
    desk = await startWholeDesk({ withoutDesk: true });
  });
  afterAll(() => desk.stop());

  it("records them all and answers none; what comes from then on is answered", async () => {
    const old = Array.from({ length: 500 }, (_, at) =>
      application(`町道${at + 1000}号線工事`, { date: daysAgo(1) }),
    );
    await append(desk.mail.imap(DESK), old, daysAgo(1));
    await desk.world.restart();
    await desk.settled(500);
    const title = "町道三十号線工事";
    await desk.world.mail.send(CONTRACTOR, { to: DESK, raw: application(title) });
    await desk.settled(501);
    expect(desk.cards("工事")).toBe(1);
    expect((await desk.mail.inbox(CONTRACTOR)).map(({ text }) => text.includes(title))).toEqual([true]);
    expect(await desk.query("SELECT count(*)::int AS n FROM outbound_letters")).toEqual([{ n: 1 }]);
  }, 60_000);
});
