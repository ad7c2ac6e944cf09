import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, expect } from "vitest";
import { connectImap, type ImapTiming } from "../../../mail/imap/connection.ts";
import { connectOnce } from "../../../prisma/pool.ts";
import { freshDatabase } from "../../database.ts";
import { applicationLetter, worksDates } from "../../demo/letters.ts";
import { CHANNEL, CONTRACTOR, DESK, MAILBOXES, startWorld, type World } from "../../journeys/world.ts";
import { type DovecotMail, startDovecot } from "../../sandbox/dovecot.ts";
import type { Letter } from "../../sandbox/mail-types.ts";
import { readable } from "../../sandbox/slack/readable.ts";
import { atEnd, deskOf } from "../watched.ts";

/**
 * Where the cases of the catalogue play: mailboxes of their own on one Dovecot, the library by itself where a case is
 * about what it does, and the whole desk where a case is about what comes of a letter.
 */

export const PERSON = "suzuki@tone.example";

/** Nothing survives a test, so nothing needs to be safe on the disk. */
const HASTE = "mail_fsync = never";

export interface Box {
  user: string;
  account: ReturnType<typeof deskOf>;
  world: DovecotMail;
  /** A letter of a person to this mailbox. */
  write(subject: string): Promise<unknown>;
  /** So many letters at once, over IMAP; the subjects are numbers from 1 on. */
  fill(letters: number): Promise<void>;
  /** What lies in a folder of it, by subject; null when there is no such folder. */
  subjects(folder?: string): Promise<string[] | null>;
  /** `doveadm <words> -u <this user> <rest>`, for what other people and servers do to it. */
  doveadm(words: string, ...rest: string[]): string;
  renumber(uidValidity: number): void;
}

/** Starts one Dovecot for the file; each call of `box` gives a mailbox that no other case uses. */
export function sharedDovecot(mailboxes: number, extra = ""): () => Box {
  let world: DovecotMail;
  const users = Array.from({ length: mailboxes }, (_, at) => `desk${at}@hosho.example`);
  const free = [...users];
  beforeAll(async () => {
    world = await startDovecot({ users: [...users, PERSON], extra: `${HASTE}\n${extra}` });
  });
  afterAll(() => world.remove());
  return () => {
    const user = free.shift();
    if (user === undefined) throw new Error("more cases than mailboxes");
    return boxOf(world, user);
  };
}

/** A mailbox on a Dovecot of its own, for cases about what a server can or cannot do. */
export async function ownDovecot(extra: string): Promise<Box> {
  const world = await startDovecot({ users: ["desk@hosho.example", PERSON], extra: `${HASTE}\n${extra}` });
  atEnd(() => world.remove());
  return boxOf(world, "desk@hosho.example");
}

function boxOf(world: DovecotMail, user: string): Box {
  const doveadm = (words: string, ...rest: string[]) =>
    world.doveadm(...words.split(" "), "-u", user, ...rest);
  return {
    user,
    account: deskOf(world.imap(user)),
    world,
    write: (subject) => world.send(PERSON, { to: user, subject, text: subject }),
    async fill(letters) {
      const raw = (_: unknown, at: number) =>
        Buffer.from(`From: ${PERSON}\r\nSubject: ${at + 1}\r\n\r\nx\r\n`);
      await append(world.imap(user), Array.from({ length: letters }, raw), new Date());
    },
    async subjects(folder = "INBOX") {
      if (!doveadm("mailbox list").split("\n").includes(folder)) return null;
      return (await world.inbox(user, folder)).map(({ subject }) => subject);
    },
    doveadm,
    renumber: (uidValidity) => void doveadm("mailbox update", "--uid-validity", String(uidValidity), "INBOX"),
  };
}

/** The product's own connection to a mailbox, ended with the test. */
export async function connect(account: Box["account"], timing?: ImapTiming) {
  const signal = AbortSignal.timeout(20_000);
  const connection = await connectImap({ account }, timing === undefined ? { signal } : { signal, timing });
  atEnd(() => connection.leave());
  return connection;
}

/** The IMAP library alone, without what the product does around it. Closed with the test. */
export async function library(account: Pick<Box["account"], "host" | "port" | "user" | "password">) {
  const { host, port, user, password } = account;
  const client = new ImapFlow({
    ...{ host, port, secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true },
    auth: { user: user ?? "", pass: password ?? "" },
  });
  const events: string[] = [];
  const exists: { count: number; prevCount: number }[] = [];
  client.on("error", () => events.push("error"));
  client.on("close", () => events.push("close"));
  client.on("exists", ({ count, prevCount }: { count: number; prevCount: number }) =>
    exists.push({ count, prevCount }),
  );
  atEnd(async () => client.close());
  await client.connect();
  return { client, events, exists };
}

/** Puts letters into an INBOX as another mail program does, under a date of its choice. */
export async function append(account: Parameters<typeof library>[0], raw: Buffer[], at: Date): Promise<void> {
  const { client } = await library(account);
  await Promise.all(raw.map((letter) => client.append("INBOX", letter, [], at)));
  client.close();
}

/** Long enough for an answer on loopback many times over: what has not come by then does not come by itself. */
const SILENCE_MS = 700;

/** Whether a promise is still open after {@link SILENCE_MS}; a failure later on is nobody's. */
export async function isStuck(promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, SILENCE_MS, true);
  });
  const settled = promise.then(
    () => false,
    () => false,
  );
  const stuck = await Promise.race([settled, late]);
  clearTimeout(timer);
  return stuck;
}

/** The whole desk on a Dovecot and a database of its own. */
export interface WholeDesk {
  world: World;
  mail: DovecotMail;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Waits until so many places were recorded in all, and everything that came of them is done and said. */
  settled(places: number): Promise<void>;
  /** Places recorded so far. */
  places(): Promise<number>;
  /** Letters that the desk sent the contractor about works of this title. */
  answers(title: string): Promise<Letter[]>;
  /** Cards with this title in Slack. */
  cards(title: string): number;
  /** Messages in Slack with these words. */
  told(words: string): number;
  stop(): Promise<void>;
}

export async function startWholeDesk(
  options: { settings?: Record<string, string>; withoutDesk?: boolean } = {},
): Promise<WholeDesk> {
  const [database, mail] = await Promise.all([
    freshDatabase(),
    startDovecot({ users: MAILBOXES, extra: HASTE }),
  ]);
  const world = await startWorld({ mail, databaseUrl: database.url, ...options });
  const db = await connectOnce(database.url);
  const query = async (sql: string) => (await db.query(sql)).rows;
  const count = async (sql: string) => Number((await query(`SELECT count(*) AS n FROM ${sql}`))[0]?.n);
  const places = () => count("letters");
  const told = (words: string) =>
    world.slack.messages(CHANNEL).filter((message) => readable(message).includes(words)).length;
  return {
    ...{ world, mail, query, places, told },
    async settled(expected) {
      const open = async () => ({
        places: await places(),
        unread: await count("letters WHERE state = 'stored' AND answerable"),
        unsent: await count("outbound_letters WHERE state IN ('pending', 'sending')"),
        unsaid: await count("slack_messages WHERE state IN ('pending', 'sending')"),
      });
      await expect
        .poll(open, { timeout: 20_000, interval: 30 })
        .toEqual({ places: expected, unread: 0, unsent: 0, unsaid: 0 });
    },
    answers: async (title) => (await mail.inbox(CONTRACTOR)).filter(({ text }) => text.includes(title)),
    cards: told,
    async stop() {
      await db.end();
      await world.stop();
      await database.drop();
    },
  };
}

export interface RawLetter {
  /** Null: none at all. */
  messageId?: string | null;
  /** Header lines above the others. */
  trace?: string[];
  date?: Date;
  from?: string;
}

/** An application for works of this title, as bytes. Without a word about it the Message-ID is made of the title. */
export function application(title: string, change: RawLetter = {}): Buffer {
  const { messageId = `<${Buffer.from(title).toString("hex")}@tone-kensetsu.example>`, trace = [] } = change;
  const { subject, text } = applicationLetter(worksDates(new Date()));
  const encoded = Buffer.from(text.replace("町道112号線改良工事", title)).toString("base64");
  const lines = [
    ...trace,
    `From: ${change.from ?? CONTRACTOR}`,
    `To: ${DESK}`,
    `Subject: =?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`,
    `Date: ${(change.date ?? new Date()).toUTCString().replace("GMT", "+0000")}`,
    ...(messageId === null ? [] : [`Message-ID: ${messageId}`]),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: base64",
    "",
    ...(encoded.match(/.{1,76}/g) ?? []),
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}
