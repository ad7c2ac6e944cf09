import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connectOnce } from "../../../prisma/pool.ts";
import { freshDatabase } from "../../database.ts";
import { applicationLetter, worksDates } from "../../demo/letters.ts";
import { CHANNEL, DESK, MAILBOXES, startWorld, type World } from "../../journeys/world.ts";
import { type DovecotMail, startDovecot } from "../../sandbox/dovecot.ts";
import type { Draft } from "../../sandbox/mail-types.ts";
import { readable } from "../../sandbox/slack/readable.ts";

/** The whole desk on a Dovecot and a database of its own: letters go in by SMTP, what became of them is looked up. */

/** What became of one letter that came in. */
export interface Fate {
  id: string;
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
  /** Hands a letter in and does not wait. */
  post(from: string, letter: Partial<Draft>): Promise<void>;
  /** Fates of all letters so far, in the order in which they were stored. */
  fates(): Promise<Fate[]>;
  /** Waits until so many letters were stored in all and nothing is under way: every letter is done with, every answer has left or waits for somebody. */
  quiet(letters?: number): Promise<void>;
  /** Letters in somebody's mailbox. */
  count(user: string): Promise<number>;
  /** Messages in the desk's channel and its threads in which these words stand. */
  told(words: string): number;
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
  /** Our border server writes Authentication-Results under this name. */
  authservId?: string;
}

const PATIENCE_MS = 25_000;
/** Nothing survives a test, so nothing needs to be safe on the disk. */
const HASTE = "mail_fsync = never\n";

export async function openCaseDesk(options: CaseOptions = {}): Promise<CaseDesk> {
  const { users = [], settings = {}, extra = "", authservId } = options;
  const database = await freshDatabase();
  const mail = await startDovecot({
    users: [...MAILBOXES, ...users],
    extra: HASTE + extra,
    ...(authservId === undefined ? {} : { authservId }),
  });
  const world = await startWorld({ mail, databaseUrl: database.url, settings });
  const db = await connectOnce(database.url);
  const query = async <Row>(sql: string, values: unknown[] = []) =>
    (await db.query(sql, values)).rows as unknown as Row[];
  const fates = () =>
    query<Fate>(
      `SELECT id, state, reason, kind, trust, case_id AS "caseId", attempts FROM letters ORDER BY serial`,
    );
  const post = async (from: string, letter: Partial<Draft>) =>
    void (await mail.send(from, { to: DESK, ...letter }));
  return {
    ...{ world, mail, query, fates, post },
    async fate(from, letter) {
      const before = (await fates()).length;
      await post(from, letter);
      return until(`the letter of ${from} to be done with`, async () => {
        const found = (await fates())[before];
        return found === undefined || found.state === "stored" ? null : found;
      });
    },
    async quiet(letters = 0) {
      await until("the desk to be quiet", async () => {
        const [left] = await query<{ stored: number; open: number; leaving: number }>(
          `SELECT (SELECT count(*) FROM letters)::int AS stored,
            (SELECT count(*) FROM letters WHERE state = 'stored' AND answerable)::int AS open,
            (SELECT count(*) FROM outbound_letters WHERE state IN ('pending', 'sending'))::int AS leaving`,
        );
        return left !== undefined && left.stored >= letters && left.open + left.leaving === 0 ? true : null;
      });
    },
    count: async (user) => (await mail.inbox(user)).length,
    told: (words) => world.slack.messages(CHANNEL).filter((one) => readable(one).includes(words)).length,
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
