import { afterEach, describe, expect, it } from "vitest";
import type { MailAccount } from "../../core/settings.ts";
import { type SmtpPool, type SmtpPoolOptions, smtpPool } from "../../mail/smtp/pool.ts";
import { type SmtpScript, startSmtpScript } from "../sandbox/smtp-script.ts";

const DESK = "desk@hosho.example";
const TO = "suzuki@tone.example";
const LETTER = Buffer.from("Message-ID: <desk.1@hosho.example>\r\nSubject: a\r\n\r\nhello\r\n");

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function server(script: SmtpScript, options: SmtpPoolOptions = {}) {
  const smtp = await startSmtpScript(script);
  const account: MailAccount = {
    ...{ host: "127.0.0.1", port: smtp.port, security: "none" },
    ...{ user: null, password: null, oauth: null },
  };
  const pool: SmtpPool = smtpPool(account, options);
  ends.push(smtp.stop, () => pool.stop());
  const send = (envid?: string, letter = LETTER) => pool.send({ from: DESK, to: TO, envid }, letter);
  return { smtp, send };
}

const ADDRESS: [string, SmtpScript][] = [
  ["there is no such mailbox", { rcpt: "550 5.1.1 no such user" }],
  ["there is no such mailbox, without an enhanced code", { rcpt: "550 no such user" }],
  ["there is no such mailbox, over several lines", { rcpt: "550-5.1.1 no such\r\n550 5.1.1 user" }],
  ["it has moved", { rcpt: "551 5.1.6 user not local; try elsewhere" }],
  ["its name is not allowed", { rcpt: "553 mailbox name not allowed" }],
  ["it is closed", { rcpt: "550 5.2.1 mailbox disabled" }],
  ["the domain takes no mail", { rcpt: "556 5.1.10 null MX" }],
  ["the server says so only after the final dot", { dot: "550 5.1.1 no such user" }],
];

const LETTER_ALONE: [string, SmtpScript][] = [
  ["its content is refused", { dot: "554 5.6.0 content refused" }],
  ["its content is refused, without an enhanced code", { dot: "550 looks like spam" }],
  ["it is too large", { dot: "552 message too large" }],
  ["it is too large, as MAIL tells", { mail: "552 5.3.4 message too big" }],
  ["it is larger than the server said before", { offers: ["SIZE 20"] }],
  ["the mailbox is full", { rcpt: "552 5.2.2 mailbox full" }],
  ["policy at the recipient", { rcpt: "550 5.7.1 not from outside" }],
  ["there is no route", { rcpt: "550 5.4.6 loop detected" }],
  ["the server does not want DATA", { data: "554 no valid recipients" }],
];

const ABOUT_US: [string, SmtpScript][] = [
  ["the server is not open", { greeting: "554 no service for you" }],
  ["we may not send in this name", { mail: "550 5.7.60 no right to send as this sender" }],
  ["it does not know our domain", { mail: "553 sender domain unknown" }],
  ["it does not like our address, as RCPT tells", { rcpt: "550 5.1.8 sender address rejected" }],
  ["it wants a login", { rcpt: "530 5.7.0 authentication required" }],
  ["it throttles us", { mail: "451 4.7.1 too many letters" }],
  ["it greylists the recipient", { rcpt: "450 4.2.0 greylisted" }],
  ["it closes", { rcpt: "421 closing" }],
];

// With PIPELINING the answers come to commands sent together.
describe.each([[["PIPELINING"]], [[]]])("a final answer, when the server offers %j", (more) => {
  const verdict = async (script: SmtpScript) => {
    const { smtp, send } = await server({ ...script, offers: [...(script.offers ?? []), ...more] });
    return { verdict: await send(), smtp };
  };

  it.each(ADDRESS)("concerns the address: %s", async (_, script) => {
    expect((await verdict(script)).verdict).toMatchObject({ outcome: "refused", scope: "address" });
  });

  it.each(LETTER_ALONE)("concerns this letter: %s", async (_, script) => {
    expect((await verdict(script)).verdict).toMatchObject({ outcome: "refused", scope: "letter" });
  });

  it.each(ABOUT_US)("concerns us or the hour, and the letter waits: %s", async (_, script) => {
    const { verdict: found, smtp } = await verdict(script);
    expect(found.outcome).toBe("not_sent");
    expect(smtp.letters).toEqual([]);
  });
});

it("the server's words reach staff in one line, cut to a length", async () => {
  const { send } = await server({ rcpt: `550-5.1.1 one\ttwo\r\n550 5.1.1 ${"x".repeat(900)}` });
  const { detail } = await send();
  expect(detail).toMatch(/^envelope: 550-5\.1\.1 one two 550 5\.1\.1 x+$/);
  expect(detail.length).toBeLessThan(330);
});

describe("a delivery report", () => {
  it("is asked for when the server knows them: failures and delays, headers only, under our id", async () => {
    const { smtp, send } = await server({ offers: ["DSN", "SIZE 9999"] });
    expect((await send("letter-1+a=b")).outcome).toBe("sent");
    expect(smtp.commands).toContain(
      `MAIL FROM:<${DESK}> SIZE=${LETTER.length} RET=HDRS ENVID=letter-1+2Ba+3Db`,
    );
    expect(smtp.commands).toContain(`RCPT TO:<${TO}> NOTIFY=FAILURE,DELAY ORCPT=rfc822;${TO}`);
  });

  it.each([
    ["the server does not know them", [], "letter-1"],
    ["nobody wants one", ["DSN"], undefined],
    ["the id is no id", ["DSN"], "a b\r\nRCPT TO:<thief@evil.example>"],
    ["the id is too long", ["DSN"], "x".repeat(101)],
  ])("is not asked for when %s", async (_, offers, envid) => {
    const { smtp, send } = await server({ offers });
    expect((await send(envid)).outcome).toBe("sent");
    expect(smtp.commands).toContain(`MAIL FROM:<${DESK}>`);
    expect(smtp.commands).toContain(`RCPT TO:<${TO}>`);
  });
});

describe("a server that falls silent", () => {
  it.each([
    ["before its greeting", { greeting: null }, "not_sent", "connecting: ETIMEDOUT"],
    ["at the envelope", { mail: null }, "not_sent", "envelope: ETIMEDOUT"],
    ["before it wants the letter", { data: null }, "not_sent", "envelope: ETIMEDOUT"],
    ["after the final dot", { dot: null }, "uncertain", "after_letter: ETIMEDOUT"],
  ] as const)("%s is left when the time is up", async (_, script, outcome, detail) => {
    const { send } = await server(script, { sendMs: 300 });
    expect(await send()).toEqual({ outcome, detail });
  });
});

describe("a line that is cut", () => {
  it("in the middle of a letter: it certainly did not leave", async () => {
    const { smtp, send } = await server({ cut: "in-letter" });
    const long = Buffer.concat([LETTER, Buffer.from(`${"x".repeat(70)}\r\n`.repeat(300_000))]);
    const verdict = await send("a", long);
    expect(verdict).toEqual({ outcome: "not_sent", detail: expect.stringMatching(/^letter: E/) });
    expect(smtp.letters).toEqual([]);
  });

  it("after the final dot: nobody knows", async () => {
    const { send } = await server({ cut: "after-dot" });
    expect(await send()).toEqual({ outcome: "uncertain", detail: expect.stringMatching(/^after_letter: E/) });
  });

  it("while nothing was under way: the next letter has a connection of its own", async () => {
    const { smtp, send } = await server({ cut: "when-idle" });
    expect((await send()).outcome).toBe("sent");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await send()).outcome).toBe("sent");
    expect(smtp.commands.filter((line) => line.startsWith("EHLO"))).toHaveLength(2);
  });
});
