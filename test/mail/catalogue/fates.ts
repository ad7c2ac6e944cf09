import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Waits } from "../../../mail/door.ts";
import { connectOnce } from "../../../prisma/pool.ts";
import { freshDatabase } from "../../database.ts";
import { applicationLetter, worksDates } from "../../demo/letters.ts";
import { cardWith } from "../../journeys/steps.ts";
import { CHANNEL, DESK, MAILBOXES, startWorld, type World } from "../../journeys/world.ts";
import { type DovecotMail, startDovecot } from "../../sandbox/dovecot.ts";
import type { Draft } from "../../sandbox/mail-types.ts";
import { readable } from "../../sandbox/slack/readable.ts";

/** The whole desk on a Dovecot and a database of its own: letters go in by SMTP, what became of them is looked up. */

/** What became of one letter that came in. */
export interface Fate {
  id: string;
  uid: number;
  state: string;
  reason: string | null;
  kind: string | null;
  trust: string | null;
  caseId: string | null;
  attempts: number;
}

export interface CaseDesk {
  world: World;
  mail: DovecotMail;
  /** Rows of one statement. */
  query<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Sends a letter to the desk and waits until it is done with. */
  fate(from: string, letter: Partial<Draft>): Promise<Fate>;
  /** Hands a letter in and does not wait. Every letter to the desk goes this way. @returns its UID. */
  post(from: string, letter: Partial<Draft>): Promise<number>;
  fateOf(uid: number): Promise<Fate>;
  /** Counts in what was sent to the desk some other way; all of it must be recorded by now. */
  adopt(): Promise<void>;
  /** Fates of all letters so far, in the order in which they arrived. */
  fates(): Promise<Fate[]>;
  /** Waits until nothing is under way: every letter is done with, every answer has left or waits for somebody. */
  quiet(): Promise<void>;
  /** Letters in somebody's mailbox. */
  count(user: string): Promise<number>;
  /** Messages in the desk's channel and its threads in which these words stand. */
  told(words: string): number;
  /** What was said in the thread of the case for works of this title. */
  thread(title: string): Promise<string[]>;
  /** So much time passes, as far as letters that have to leave know. */
  passes(ms: number): Promise<void>;
  /** What Dovecot has logged so far, line by line. */
  log(): string[];
  /** Stops the desk and starts it with these settings added. */
  restart(settings?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

export interface CaseOptions {
  /** Mailboxes beside those of the stories. */
  users?: string[];
  settings?: Record<string, string>;
  /** Lines of Dovecot's configuration. */
  extra?: string;
  /** Shorter waits than those of production. */
  waits?: Waits;
  /** Our border server writes Authentication-Results under this name. */
  authservId?: string;
}

const PATIENCE_MS = 25_000;
/** Nothing survives a test, so nothing needs to be safe on the disk. */
const HASTE = "mail_fsync = never\n";

export async function openCaseDesk(options: CaseOptions = {}): Promise<CaseDesk> {
  const { users = [], settings = {}, extra = "", waits = {}, authservId } = options;
  const database = await freshDatabase();
  const mail = await startDovecot({
    users: [...MAILBOXES, ...users],
    extra: HASTE + extra,
    ...(authservId === undefined ? {} : { authservId }),
  });
  const world = await startWorld({ mail, databaseUrl: database.url, settings, start: { waits } });
  const db = await connectOnce(database.url);
  // One question at a time on the one connection.
  let asked: Promise<unknown> = Promise.resolve();
  const query = async <Row>(sql: string, values: unknown[] = []) => {
    const answer = asked.then(() => db.query(sql, values));
    asked = answer.catch(() => undefined);
    return (await answer).rows as unknown as Row[];
  };
  // Dovecot numbers the letters of a mailbox from 1 on, in the order in which they came.
  const fates = () =>
    query<Fate>(
      `SELECT id, uid::int, state, reason, kind, trust, case_id AS "caseId", attempts FROM letters ORDER BY uid`,
    );
  let posted = 0;
  const post = async (from: string, letter: Partial<Draft>) => {
    await mail.send(from, { to: DESK, ...letter });
    return ++posted;
  };
  const fateOf = (uid: number) =>
    until(`letter ${uid} to be done with`, async () => {
      const found = (await fates()).find((one) => one.uid === uid);
      return found === undefined || found.state === "stored" ? null : found;
    });
  return {
    ...{ world, mail, query, fates, post, fateOf },
    async adopt() {
      posted = (await fates()).length;
    },
    fate: async (from, letter) => fateOf(await post(from, letter)),
    async quiet() {
      await until("the desk to be quiet", async () => {
        const [left] = await query<{ stored: number; open: number; leaving: number }>(
          `SELECT (SELECT count(*) FROM letters)::int AS stored,
            (SELECT count(*) FROM letters WHERE state = 'stored' AND answerable)::int AS open,
            (SELECT count(*) FROM outbound_letters WHERE state IN ('pending', 'sending'))::int AS leaving`,
        );
        return left !== undefined && left.stored >= posted && left.open + left.leaving === 0 ? true : null;
      });
    },
    count: async (user) => (await mail.inbox(user)).length,
    told: (words) => world.slack.messages(CHANNEL).filter((one) => readable(one).includes(words)).length,
    async thread(title) {
      const { ts } = await cardWith(world, title);
      return world.slack
        .thread(CHANNEL, ts)
        .slice(1)
        .map((one) => readable(one));
    },
    async passes(ms) {
      const ago = (column: string) => `${column} = ${column} - $1 * interval '1 millisecond'`;
      const columns = ["created_at", "changed_at", "doubt_since", "retry_at", "leased_until"]
        .map(ago)
        .join(", ");
      await query(`UPDATE outbound_letters SET ${columns}`, [ms]);
      await query(`UPDATE jobs.job SET ${ago("start_after")} WHERE name = 'mail.send' AND state < 'active'`, [
        ms,
      ]);
    },
    log: () => readFileSync(/\/\S+/.exec(mail.doveadm("log", "find"))?.[0] ?? "", "utf8").split("\n"),
    async restart(more = {}) {
      await world.desk.stop();
      Object.assign(world.env, more);
      await world.restart();
    },
    async stop() {
      await db.end();
      await world.stop();
      await database.drop();
    },
  };
}

/** Looks again and again until there is an answer. @throws after a generous time. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  limitMs = PATIENCE_MS,
): Promise<T> {
  for (const deadline = Date.now() + limitMs; ; ) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`);
    await sleep(20);
  }
}

/** A complete application for works of this title, as a person writes it. */
export function applicationFor(title: string): { subject: string; text: string } {
  const { subject, text } = applicationLetter(worksDates(new Date()));
  return { subject, text: text.replace("町道112号線改良工事", title) };
}

/** Bytes of a letter with exactly these header lines. */
export function rawLetter(head: readonly string[], body: string): Buffer {
  return Buffer.from(
    [
      ...head,
      `To: ${DESK}`,
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=UTF-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      body.replaceAll(/\r?\n/g, "\r\n"),
      "",
    ].join("\r\n"),
  );
}

/** One in ASCII: encoded words for a subject. */
export function encoded(subject: string): string {
  return `=?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`;
}
