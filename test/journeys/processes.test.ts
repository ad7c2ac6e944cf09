import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clerkAddress, mailboxOf } from "../crash/letters.ts";
import { registerClerks } from "../crash/tables.ts";
import { freshDatabase } from "../database.ts";
import { applicationLetter, queryLetter, worksDates } from "../demo/letters.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import type { Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { type Program, runProgram } from "./child.ts";
import { apply, issue } from "./steps.ts";
import { CHANNEL, CONTRACTOR, DESK, freePort, MAILBOXES, STRANGER, startWorld, type World } from "./world.ts";

/** Clerks of the town, each asking once, so that a note about an answer to one can only mean her letter. */
const CLERKS = 60;
/** Generous: another process leads within ten seconds. */
const TAKEN_OVER_MS = 30_000;
const SETTLED_MS = 90_000;
/** What has not come a second time by then does not come by itself: scans and retries under way are over. */
const SILENCE_MS = 2_000;

/** One letter of the crowd. */
interface Asked {
  kind: "application" | "query" | "automatic";
  messageId: string;
  from: string;
  /** Title of the works, on the card. */
  title: string;
}

/** The whole program several times, as several machines run it: one mailbox, one database, one Slack. */
describe.runIf(dovecotInstalled())("several processes on one mailbox", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let pair: { number: string; key: string };
  const running: { program: Program; health: string }[] = [];
  let clerk = 0;
  let works = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    const clerks = Array.from({ length: CLERKS }, (_, n) => clerkAddress(n + 1));
    const mail = await startDovecot({ users: [...MAILBOXES, ...clerks], extra: "mail_fsync = never\n" });
    world = await startWorld({
      ...{ mail, databaseUrl: database.url, withoutDesk: true },
      settings: {
        MAIL_CAP_SENDER_HOUR: "0",
        MAIL_CAP_DOMAIN_HOUR: "0",
        MAIL_CAP_CASE_HOUR: "0",
        MAIL_CAP_GLOBAL_HOUR: "0",
      },
    });
    await registerClerks(database.url, world.folder, CLERKS);
    await startPrograms(2);
    const [notice] = await issue(world, await apply(world, "町道900号線改良工事"));
    if (notice === undefined) throw new Error("nothing was issued");
    pair = notice;
  }, 120_000);
  afterAll(async () => {
    await Promise.all(running.map(({ program }) => program.kill()));
    await world?.stop();
    await database?.drop();
  }, 60_000);

  async function startPrograms(count: number): Promise<void> {
    const started = await Promise.all(
      Array.from({ length: count }, async () => {
        const [slackPort, healthPort] = [await freePort(), await freePort()];
        const own = { SLACK_PORT: String(slackPort), HEALTH_PORT: String(healthPort) };
        const program = runProgram(["start"], { ...world.env, ...own, LOG_LEVEL: "info" });
        await program.ready();
        return { program, slackPort, health: `http://127.0.0.1:${healthPort}/metrics` };
      }),
    );
    world.slack.appUrl = `http://127.0.0.1:${started[0]?.slackPort}`;
    running.push(...started);
  }

  /** Those that say of themselves that they lead. */
  async function leaders(): Promise<(typeof running)[number][]> {
    const said = await Promise.all(
      running.map(({ health }) =>
        fetch(health).then(
          (page) => page.text(),
          () => "",
        ),
      ),
    );
    return running.filter((_, at) => /^hosho_leader 1$/m.test(said[at] ?? ""));
  }

  async function leader(): Promise<(typeof running)[number]> {
    for (const deadline = Date.now() + TAKEN_OVER_MS; Date.now() < deadline; await pause(100)) {
      const [one, ...others] = await leaders();
      expect(others, "one leads at most").toEqual([]);
      if (one !== undefined) return one;
    }
    throw new Error("nobody leads");
  }

  function gone(one: (typeof running)[number]): Program {
    running.splice(running.indexOf(one), 1);
    return one.program;
  }

  /** Of each kind so many, mixed; sends them one after another and calls `between` after each. */
  async function crowd(each: number, between: (sent: number) => Promise<void> = async () => {}) {
    const asked: Asked[] = [];
    for (let n = 0; n < each * 3; n++) {
      const letter = await write((["application", "query", "automatic"] as const)[n % 3] ?? "query");
      asked.push(letter);
      await between(n + 1);
    }
    return asked;
  }

  async function write(kind: Asked["kind"]): Promise<Asked> {
    const title = kind === "application" ? `町道${++works}号線補修工事` : "";
    const from = kind === "application" ? CONTRACTOR : kind === "query" ? clerkAddress(++clerk) : STRANGER;
    const application = applicationLetter(worksDates(new Date()));
    const words =
      kind === "query"
        ? queryLetter(pair.number, pair.key)
        : { ...application, text: application.text.replace("町道112号線改良工事", title) };
    const headers = kind === "automatic" ? { "Auto-Submitted": "auto-replied" } : {};
    const { messageId } = await world.mail.send(from, { to: DESK, ...words, headers });
    return { kind, messageId, from, title };
  }

  const said = () => world.slack.messages(CHANNEL).map(readable);
  const cards = (title: string) =>
    said().filter((words) => words.includes("受付番号") && words.includes(title)).length;

  /** Answers to each letter in the mailbox of who wrote it. */
  async function answers(asked: readonly Asked[]): Promise<Map<Asked, number>> {
    // Dovecot files mail to an address with a detail in the mailbox without it (RFC 5233).
    const writers = new Set(asked.map(({ from }) => mailboxOf(from)));
    const inboxes = new Map<string, Letter[]>();
    for (const from of writers) inboxes.set(from, await world.mail.inbox(from));
    return new Map(
      asked.map((letter) => [
        letter,
        (inboxes.get(mailboxOf(letter.from)) ?? []).filter((l) => l.inReplyTo === letter.messageId).length,
      ]),
    );
  }

  /** Staff were told that nobody knows whether the answer to this letter arrived. */
  function doubtful({ from, title }: Asked): boolean {
    const NOT_SENT = "メールを送信できていません";
    if (title === "") return said().some((words) => words.includes(NOT_SENT) && words.includes(from));
    const card = world.slack
      .messages(CHANNEL)
      .find((m) => readable(m).includes("受付番号") && readable(m).includes(title));
    return (
      card !== undefined && world.slack.thread(CHANNEL, card.ts).some((m) => readable(m).includes(NOT_SENT))
    );
  }

  /**
   * Waits until every letter has what is due to it, then longer, and counts. @param mayDoubt a process was killed: an
   * answer that was on its way then is shown to staff, whether it arrived or not, and never sent again.
   */
  async function settled(asked: readonly Asked[], mayDoubt = false): Promise<void> {
    const people = asked.filter(({ kind }) => kind !== "automatic");
    const open = async () => {
      const counts = await answers(people);
      return people.filter(
        (letter) =>
          (counts.get(letter) === 0 && !(mayDoubt && doubtful(letter))) ||
          (letter.kind === "application" && cards(letter.title) === 0),
      );
    };
    for (const deadline = Date.now() + SETTLED_MS; (await open()).length > 0; await pause(300))
      if (Date.now() > deadline) throw new Error(`not settled: ${JSON.stringify(await open())}`);
    await pause(SILENCE_MS);
    const counts = await answers(asked);
    const faults = asked.filter((letter) => {
      const due = letter.kind === "automatic" ? 0 : 1;
      const count = counts.get(letter) ?? 0;
      const right = count === due || (mayDoubt && count === 0 && doubtful(letter));
      return !right || (letter.kind === "application" && cards(letter.title) !== 1);
    });
    expect(
      faults.map((letter) => ({ ...letter, answers: counts.get(letter), cards: cards(letter.title) })),
    ).toEqual([]);
  }

  it("two: each letter is answered once, each application has one card, one of them leads", {
    timeout: 150_000,
  }, async () => {
    const first = await leader();
    await settled(await crowd(10));
    expect(await leader()).toBe(first);
  });

  it("three, and the leader is killed in the middle: another takes over, nothing is lost, nothing twice", {
    timeout: 240_000,
  }, async () => {
    await startPrograms(1);
    const first = await leader();
    const asked = await crowd(10, async (sent) => {
      if (sent === 15) await gone(first).kill();
    });
    expect(await leader()).not.toBe(first);
    asked.push(...(await crowd(3)));
    await settled(asked, true);
  });

  it("two, and the leader is stopped in order in the middle: the other takes over, nothing is even in doubt", {
    timeout: 240_000,
  }, async () => {
    expect(running).toHaveLength(2);
    const first = await leader();
    let ended: Promise<number | null> | null = null;
    const asked = await crowd(10, async (sent) => {
      if (sent === 15) ended = gone(first).end();
    });
    expect(await ended).toBe(0);
    expect(await leader()).not.toBe(first);
    asked.push(...(await crowd(3)));
    await settled(asked);
  });
});
