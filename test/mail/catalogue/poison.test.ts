import { monitorEventLoopDelay } from "node:perf_hooks";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ATTEMPTS_MAX, READ_FAILURES_MAX } from "../../../mail/intake/work.ts";
import { LETTER_BYTES } from "../../../mail/limits.ts";
import { openDatabase } from "../../../prisma/open.ts";
import { CONTRACTOR, DESK, STRANGER } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { eventually } from "../watched.ts";
import { applicationFor, type CaseDesk, encoded, openCaseDesk, rawLetter } from "./fates.ts";

/** Cases 31 to 38: letters that break, block or exhaust whoever reads them. */

const POISON = "poison@elsewhere.example";
const MAIN_LOOP_MS = 2_000;
const FOR_STAFF = "担当者の確認が必要なメールです";

/** Each ends the parser with an error, or leaves it nothing to read. */
const BROKEN: [string, (from: string) => string][] = [
  ["20,000 parts", (from) => multipart(from, "--b\r\n\r\nx\r\n".repeat(20_000))],
  [
    "a header of 3 MB",
    (from) => `From: ${from}\r\nX-Long: ${"x".repeat(900).concat("\r\n ").repeat(3_400)}\r\n\r\nx\r\n`,
  ],
  [
    "300 levels",
    (from) =>
      Array.from(
        { length: 300 },
        (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
      ).reduce((letter, level) => letter + level, `From: ${from}\r\nMIME-Version: 1.0\r\n`),
  ],
];

function multipart(from: string, parts: string): string {
  return `From: ${from}\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts}`;
}

describe.runIf(dovecotInstalled())("a desk on Dovecot", () => {
  let desk: CaseDesk;
  const broken = new Map<string, number>();
  beforeAll(async () => {
    desk = await openCaseDesk();
    // They are tried again after seconds: that time is shared.
    for (const [name, make] of BROKEN)
      broken.set(name, await desk.post(STRANGER, { raw: make(`${broken.size}${POISON}`) }));
  });
  afterAll(() => desk?.stop());

  /** What IMAP sessions of the desk that ended so far have fetched. */
  const bodies = () =>
    desk
      .log()
      .filter((line) => line.includes(`imap(${DESK})`))
      .flatMap((line) => [...line.matchAll(/body_count=(\d+) body_bytes=(\d+)/g)])
      .reduce(
        (sum, [, count, bytes]) => ({ count: sum.count + Number(count), bytes: sum.bytes + Number(bytes) }),
        {
          count: 0,
          bytes: 0,
        },
      );

  /** Longest time for which this process did nothing else. */
  async function longestBlock(work: () => Promise<unknown>): Promise<number> {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await work();
    delay.disable();
    return delay.max / 1e6;
  }

  it("case 31: a letter that breaks its reader holds up nobody, and goes to staff after the third attempt", async () => {
    const poison = await desk.post(STRANGER, { raw: multipart(POISON, "--b\r\n\r\nx\r\n".repeat(3_000)) });
    const next = await desk.fate(CONTRACTOR, applicationFor("町道三十一号線工事"));
    expect(next.state).toBe("answered");
    expect((await desk.fates()).find(({ uid }) => uid === poison)?.state).toBe("stored");
    expect(await desk.fateOf(poison)).toMatchObject({
      ...{ state: "parked", reason: "unreadable", attempts: READ_FAILURES_MAX },
    });
    await eventually(() => expect(desk.told(` ${POISON}`)).toBe(1));
    // The same sender can go on writing.
    const { subject, text } = applicationFor("町道三十一の二号線工事");
    const later = await desk.fate(STRANGER, {
      raw: rawLetter([`From: ${POISON}`, `Subject: ${encoded(subject)}`], text),
    });
    expect(later.state).toBe("answered");
  }, 60_000);

  it("case 32: a poisonous letter is fetched once and not opened again, whatever is started anew", async () => {
    await desk.quiet();
    await desk.restart();
    const before = bodies();
    expect(before.count).toBe(3 + BROKEN.length);
    const fates = await desk.fates();
    await desk.fate(CONTRACTOR, applicationFor("町道三十二号線工事"));
    await desk.restart();
    expect(bodies().count).toBe(before.count + 1);
    expect((await desk.fates()).slice(0, fates.length)).toEqual(fates);
  }, 60_000);

  it("case 32: a letter that ended the process on every attempt is not opened once more", async () => {
    const sound = applicationFor("町道三十二の二号線工事");
    const { id, uid } = await desk.fate(STRANGER, { from: "a@b.example, c@d.example", ...sound });
    await desk.world.desk.stop();
    // A process that was killed leaves nothing but the counted attempt; the job is still there.
    const database = await openDatabase({ url: desk.world.env.DATABASE_URL ?? "", dataDir: "" });
    expect(await database.store.transact((tx) => tx.retryLetter(id))).toBe(true);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++)
      await database.store.transact((tx) => tx.beginLetters([id]));
    await database.close();
    await desk.world.restart();
    // Opened, it would have been parked for its two senders.
    expect(await desk.fateOf(uid)).toMatchObject({ reason: "unreadable", attempts: ATTEMPTS_MAX + 1 });
  }, 60_000);

  it("case 33: a literal larger than the library takes costs it the connection", async () => {
    await desk.mail.send(CONTRACTOR, { to: STRANGER, subject: "large", text: "x".repeat(400_000) });
    const { user, password: pass, ...server } = desk.mail.imap(STRANGER);
    const client = new ImapFlow({
      ...{ ...server, auth: { user, pass }, secure: false, doSTARTTLS: false, logger: false },
      maxLiteralSize: 100_000,
    });
    const events: string[] = [];
    client.on("error", () => events.push("error"));
    client.on("close", () => events.push("close"));
    await client.connect();
    await client.mailboxOpen("INBOX", { readOnly: true });
    expect(await client.fetchAll("1:*", { size: true })).toHaveLength(1);
    await expect(client.fetchAll("1:*", { source: true })).rejects.toThrow();
    await eventually(() => expect(events).toEqual(["error", "close"]));
  }, 30_000);

  it("case 33: a letter beyond the limit is parked by its size, on a connection that stays", async () => {
    const logged = desk.log().length;
    const told = desk.told(FOR_STAFF);
    const body = `${"x".repeat(998)}\r\n`.repeat(Math.ceil(LETTER_BYTES / 1000) + 1_000);
    const fate = await desk.fate(CONTRACTOR, {
      raw: `From: ${CONTRACTOR}\r\nSubject: huge\r\n\r\n${body}`,
    });
    expect(fate).toMatchObject({ state: "parked", reason: "too_large" });
    await eventually(() => expect(desk.told(FOR_STAFF)).toBe(told + 1));
    const next = await desk.fate(CONTRACTOR, applicationFor("町道三十三号線工事"));
    expect(next.state).toBe("answered");
    const since = desk.log().slice(logged);
    expect(since.filter((line) => line.includes(`imap(${DESK})`) && !line.includes("Logged out"))).toEqual(
      [],
    );
  }, 60_000);

  it("case 34: the body of a letter that is too large is never fetched", async () => {
    await desk.restart();
    // The header of such a letter was looked at: its size was asked before.
    expect(
      await desk.query("SELECT 1 FROM letters WHERE oversize AND size > $1", [LETTER_BYTES]),
    ).toHaveLength(1);
    expect(bodies().bytes).toBeLessThan(LETTER_BYTES);
  }, 30_000);

  it("case 35: 2 MB of flowing text block nobody, and what stands above them is read", async () => {
    const { subject, text } = applicationFor("町道三十五号線工事");
    const flood = "この行は次の行へ続きます。 \r\n".repeat(50_000);
    const raw = [
      `From: ${CONTRACTOR}\r\nSubject: ${encoded(subject)}\r\nMIME-Version: 1.0`,
      "Content-Type: text/plain; charset=UTF-8; format=flowed; delsp=yes",
      "Content-Transfer-Encoding: 8bit",
      `\r\n${text.replaceAll("\n", "\r\n")}\r\n--\r\n${flood}\r\n`,
    ].join("\r\n");
    expect(Buffer.byteLength(raw)).toBeGreaterThan(2_000_000);
    let state = "";
    const blocked = await longestBlock(async () => {
      state = (await desk.fate(CONTRACTOR, { raw })).state;
    });
    expect(state).toBe("answered");
    expect(blocked).toBeLessThan(MAIN_LOOP_MS);
  }, 60_000);

  it("case 36: a table of 400 KB and a megabyte of links block nobody, and what stands above them is read", async () => {
    const { subject, text } = applicationFor("町道三十六号線工事");
    const rows = `<tr><td>1</td><td>${"<b>x</b>".repeat(10)}</td></tr>`.repeat(4_000);
    const links = '<a href="https://a.example/?q=1">https://a.example/?q=1</a> '.repeat(17_000);
    const html = `<html><body><p>${text.replaceAll("\n", "<br>")}</p><table>${rows}</table>${links}</body></html>`;
    expect(html.length).toBeGreaterThan(1_400_000);
    let state = "";
    const blocked = await longestBlock(async () => {
      state = (await desk.fate(CONTRACTOR, { subject, html })).state;
    });
    expect(state).toBe("answered");
    expect(blocked).toBeLessThan(MAIN_LOOP_MS);
  }, 60_000);

  it.each(BROKEN.map(([name], at) => [name, at] as const))(
    "case 37: a letter with %s is kept and shown to staff, never dropped",
    async (name, at) => {
      const { id, state } = await desk.fateOf(broken.get(name) ?? 0);
      expect(["parked", "for_staff"]).toContain(state);
      await eventually(() => expect(desk.told(` ${at}${POISON}`)).toBe(1));
      expect(
        await desk.query("SELECT 1 FROM letters WHERE id = $1 AND sealed_raw IS NOT NULL", [id]),
      ).toHaveLength(1);
    },
    30_000,
  );

  it.each([
    ["before its closing boundary", (whole: string) => whole.replace("--b--\r\n", "")],
    ["in the middle of its attachment", (whole: string) => whole.slice(0, whole.indexOf("QUFB") + 500)],
  ])(
    "case 38: a letter cut off %s is read as far as it goes",
    async (where, cut) => {
      const { subject, text } = applicationFor(`町道三十八号線${where.length}工区`);
      const file = `${"QUFB".repeat(18)}\r\n`.repeat(200);
      const whole = [
        `From: ${CONTRACTOR}\r\nSubject: ${encoded(subject)}\r\nMIME-Version: 1.0`,
        `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=UTF-8\r\n`,
        `${text.replaceAll("\n", "\r\n")}\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: base64\r\n`,
        `${file}--b--\r\n`,
      ].join("\r\n");
      const raw = cut(whole);
      expect(raw.length).toBeLessThan(whole.length);
      expect((await desk.fate(CONTRACTOR, { raw })).state).toBe("answered");
    },
    30_000,
  );
});
