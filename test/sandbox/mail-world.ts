import { EventEmitter } from "node:events";
import { readMailbox, sendAs } from "./mail-program.ts";
import {
  type Account,
  type Letter,
  type LoopbackMail,
  type MailOptions,
  type MailStore,
  PASSWORD,
} from "./mail-types.ts";
import { SmtpFront } from "./smtp-front.ts";

const WAIT_MS = 5000;

/** Puts the SMTP front before a store of letters and starts both. */
export async function startMailWorld(options: MailOptions, store: MailStore): Promise<LoopbackMail> {
  const users = options.users.map((user) => user.toLowerCase());
  const desk = users[0];
  if (desk === undefined) throw new Error("a loopback mail server needs at least one user");
  const arrivals = new EventEmitter().setMaxListeners(0);
  const front = new SmtpFront(
    options,
    (to, letter, from) => store.deliver(to, letter, from),
    (to) => arrivals.emit("letter", to),
  );
  const known = (user: string) => {
    const address = user.toLowerCase();
    if (!users.includes(address)) throw new Error(`no mailbox ${user} on the loopback mail server`);
    return address;
  };
  const account = (port: number, user: string): Account => ({
    host: "127.0.0.1",
    port,
    user,
    password: PASSWORD,
  });
  const imap = (user: string) => account(store.imapPort(known(user)), known(user));
  const inbox = (user: string, mailbox = "INBOX") => readMailbox(imap(user), mailbox);

  const start = async () => {
    await store.start();
    await front.start();
  };
  const stop = async () => {
    await front.stop();
    await store.stop();
  };
  await start();
  return {
    kind: store.kind,
    users,
    get smtp() {
      return account(front.port, desk);
    },
    imap,
    async join(user) {
      const address = user.toLowerCase();
      if (users.includes(address)) return;
      await store.add(address);
      front.admit(address);
      users.push(address);
    },
    send: (user, draft) => sendAs(account(front.port, known(user)), draft),
    inbox,
    waitForLetter: (user, fits, { timeoutMs = WAIT_MS } = {}) =>
      waitForLetter(arrivals, known(user), () => inbox(user), fits, timeoutMs),
    deliveries: front.deliveries,
    get accepted() {
      return front.deliveries.filter(({ stored }) => stored).length;
    },
    fail: (fault) => front.fail(fault),
    heal: () => front.heal(),
    kick: () => store.kick(),
    stop,
    start,
    async remove() {
      await stop();
      await store.remove();
    },
    env: (user = desk) => ({
      IMAP_HOST: "127.0.0.1",
      IMAP_PORT: String(imap(user).port),
      IMAP_SECURE: "none",
      IMAP_USER: known(user),
      IMAP_PASSWORD: PASSWORD,
      SMTP_HOST: "127.0.0.1",
      SMTP_PORT: String(front.port),
      SMTP_SECURE: "none",
      SMTP_USER: known(user),
      SMTP_PASSWORD: PASSWORD,
      MAIL_FROM: known(user),
      ...(options.authservId === undefined ? {} : { MAIL_AUTHSERV_ID: options.authservId }),
    }),
  };
}

/** Looks now and after each delivery to that mailbox; one look at a time, none missed. */
function waitForLetter(
  arrivals: EventEmitter,
  user: string,
  read: () => Promise<Letter[]>,
  fits: (letter: Letter) => boolean,
  timeoutMs: number,
): Promise<Letter> {
  return new Promise((resolve, reject) => {
    let subjects: string[] = [];
    let looks = Promise.resolve();
    const end = (finish: () => void) => {
      clearTimeout(timer);
      arrivals.off("letter", arrived);
      finish();
    };
    const look = async () => {
      const letters = await read();
      subjects = letters.map(({ subject }) => subject);
      const found = letters.find(fits);
      if (found !== undefined) end(() => resolve(found));
    };
    const arrived = (to: string) => {
      if (to !== user) return;
      looks = looks.then(look).catch((failure) => end(() => reject(failure)));
    };
    const timer = setTimeout(() => {
      const there = subjects.length === 0 ? "nothing" : subjects.join(" / ");
      end(() => reject(new Error(`waited ${timeoutMs} ms for a letter to ${user}; in the inbox: ${there}`)));
    }, timeoutMs);
    arrivals.on("letter", arrived);
    arrived(user);
  });
}
