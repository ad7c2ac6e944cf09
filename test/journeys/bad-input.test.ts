import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase, onServer } from "../database.ts";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { runProgram } from "./child.ts";
import { AMOUNTS, apply, cardWith, requestApproval, review } from "./steps.ts";
import {
  APPROVER,
  AUDITOR,
  CHANNEL,
  CLERK,
  CONTRACTOR,
  DESK,
  OUTSIDER,
  SECOND_APPROVER,
  STRANGER,
  startWorld,
  type World,
} from "./world.ts";

describe("bad input on the path", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;

  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  const shown = () => world.slack.messages(CHANNEL).map((m) => readable(m));
  const desk = (person: string, text: string) =>
    world.slack.person(person).command("/hosho", text, { channel: CHANNEL });
  const lettersTo = async (user: string) => (await world.mail.inbox(user)).length;
  const raw = (head: string[], body = "前払金保証をお願いします。") =>
    [...head, "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "", body, ""].join("\r\n");

  /** Sends a letter nobody may answer; it must come up in front of staff and nobody gets mail for it. */
  const goesToStaff = async (text: string | Buffer) => {
    const before = shown().length;
    const mails = await Promise.all([CONTRACTOR, STRANGER].map(lettersTo));
    await world.mail.send(CONTRACTOR, { to: DESK, raw: text });
    await world.slack.waitFor(() => shown().length > before, {
      timeoutMs: 25_000,
      what: "the letter in the desk's channel",
    });
    expect(await Promise.all([CONTRACTOR, STRANGER].map(lettersTo))).toEqual(mails);
  };

  it("a letter without a sender", () => goesToStaff(raw([`To: ${DESK}`, "Subject: =?UTF-8?B?55Sz6L68?="])));
  it("an empty letter", () => goesToStaff(raw([`From: ${CONTRACTOR}`, `To: ${DESK}`], "")));
  it("a letter of which nothing can be read", () =>
    goesToStaff(
      Buffer.concat([
        Buffer.from(raw([`From: ${CONTRACTOR}`, `To: ${DESK}`], "")),
        Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 37) % 256)),
      ]),
    ));
  it("an automatic answer, a bounce, a list letter and our own address get no answer and make no noise", async () => {
    const mails = await lettersTo(CONTRACTOR);
    const before = shown().length;
    const text = "前払金保証を20,000,000円でお願いします。";
    for (const head of [["Auto-Submitted: auto-replied"], ["Precedence: bulk"], ["List-Id: <news.example>"]])
      await world.mail.send(CONTRACTOR, {
        to: DESK,
        raw: raw([`From: ${CONTRACTOR}`, `To: ${DESK}`, ...head], text),
      });
    await world.mail.send(CONTRACTOR, {
      to: DESK,
      envelopeFrom: "",
      raw: raw(["From: MAILER-DAEMON@tone-kensetsu.example", `To: ${DESK}`], text),
    });
    await world.mail.send(CONTRACTOR, { to: DESK, raw: raw([`From: ${DESK}`, `To: ${DESK}`], text) });
    // A letter sent after them is answered: by then they were read, too.
    await world.mail.send(CONTRACTOR, { to: DESK, ...applicationLetter(worksDates(new Date())) });
    await world.mail.waitForLetter(CONTRACTOR, (l) => l.subject.includes("受付"), { timeoutMs: 10_000 });
    expect(await lettersTo(CONTRACTOR)).toBe(mails + 1);
    expect(shown().length - before).toBe(1);
  });

  it("the same letter twice is one case and one receipt", async () => {
    const text = applicationLetter(worksDates(new Date()));
    const bytes = raw(
      [`From: ${CONTRACTOR}`, `To: ${DESK}`, "Message-ID: <twice@tone-kensetsu.example>", "Subject: twice"],
      text.text.replace("112号線", "900号線"),
    );
    const before = await lettersTo(CONTRACTOR);
    await world.mail.send(CONTRACTOR, { to: DESK, raw: bytes });
    await world.mail.send(CONTRACTOR, { to: DESK, raw: bytes });
    await world.mail.send(CONTRACTOR, {
      to: DESK,
      subject: text.subject,
      text: text.text.replace("112号線", "901号線"),
    });
    await world.slack.waitFor(() => shown().some((m) => m.includes("901号線")), { timeoutMs: 10_000 });
    expect(shown().filter((m) => m.includes("900号線"))).toHaveLength(1);
    await world.mail.waitForLetter(CONTRACTOR, (l) => l.text.includes("901号線"), { timeoutMs: 10_000 });
    expect(await lettersTo(CONTRACTOR)).toBe(before + 2);
  });

  it("an application from an unregistered address opens a case that says so, and nothing can be accepted", async () => {
    const text = applicationLetter(worksDates(new Date()));
    await world.mail.send(STRANGER, {
      to: DESK,
      subject: text.subject,
      text: text.text.replace("112号線", "777号線"),
    });
    const card = await world.slack.waitFor(
      () => world.slack.messages(CHANNEL).find((m) => readable(m).includes("777号線")),
      { timeoutMs: 10_000 },
    );
    const number = /A-\d{6}/.exec(readable(card))?.[0] ?? "";
    const seen = await desk(CLERK, `引受 ${number} 65000 20000`);
    expect(seen.text).toContain(STRANGER);
    expect(seen.text).toContain("登録");
    expect(readable(card)).toContain("受付");
  });

  it("a missing value is asked for, and a reply corrects it", async () => {
    const text = applicationLetter(worksDates(new Date()))
      .text.replace("112号線", "555号線")
      .replace(/^工期：.*$/m, "");
    await world.mail.send(CONTRACTOR, { to: DESK, subject: "電子保証のお申込み", text });
    const asked = await world.mail.waitForLetter(CONTRACTOR, (l) => l.subject.includes("ご確認"), {
      timeoutMs: 10_000,
    });
    const number = /A-\d{6}/.exec(asked.subject)?.[0] ?? "";
    expect(asked.text).toContain("工期");
    expect((await desk(CLERK, `引受 ${number} 65000 20000`)).text).toContain("工期");
    await world.mail.send(CONTRACTOR, {
      to: DESK,
      subject: `Re: ${asked.subject}`,
      text: "工期：令和8年12月1日～令和9年10月29日",
      inReplyTo: asked.messageId,
    });
    const settled = await world.mail.waitForLetter(
      CONTRACTOR,
      (l) => l.subject.includes("受付") && l.subject.includes(number),
      { timeoutMs: 10_000 },
    );
    expect(settled.text).toContain("令和9年10月29日");
    expect((await desk(CLERK, `引受 ${number} 65000 20000`)).text).not.toContain("工期");
  });

  it("an unknown word gets the nearest one, an unknown number is said to be unknown, nothing is done", async () => {
    const before = shown().length;
    expect((await desk(CLERK, "引請 A-000001")).text).toContain("引受");
    expect((await desk(CLERK, "acept A-000001")).text).toMatch(/引受|accept/);
    expect((await desk(CLERK, "入金 A-999999")).text).toContain("A-999999");
    expect(shown().length).toBe(before);
    expect((await desk(CLERK, "詳細 A-000001")).text).not.toContain("入金を記録");
  });

  it("somebody who is no staff sees nothing; somebody without the role is told who can", async () => {
    for (const text of ["", "一覧", "詳細 A-000001", "ヘルプ"]) {
      const seen = await desk(OUTSIDER, text);
      expect(seen.text).not.toMatch(/A-\d{6}|利根/);
      expect(seen.view).toBeUndefined();
    }
    const refused = await desk(AUDITOR, "入金 A-000001");
    expect(refused.text).toContain("佐藤");
  });

  it("two approvers press at once: one issue, the other is told", async () => {
    const number = await apply(world, "町道333号線改良工事");
    await requestApproval(world, number);
    const people = [APPROVER, SECOND_APPROVER];
    const views = await Promise.all(people.map((person) => review(world, person, number)));
    const outcomes = await Promise.all(
      views.map((view, i) => world.slack.person(people[i] ?? "").submit(view, AMOUNTS)),
    );
    await cardWith(world, number, "発行済");
    // The other's modal gives way to the word that it has been done.
    const refused = outcomes.filter(({ closed }) => !closed);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.text).toMatch(/すでに承認|古くなっています/);
    const isIssued = (l: { subject: string }) => l.subject.includes("発行完了") && l.subject.includes(number);
    await world.mail.waitForLetter(CONTRACTOR, isIssued, { timeoutMs: 10_000 });
    expect((await world.mail.inbox(CONTRACTOR)).filter(isIssued)).toHaveLength(1);
  });

  it("a wrong amount is refused without saying the right one", async () => {
    const number = await apply(world, "町道444号線改良工事");
    await requestApproval(world, number);
    const view = await review(world, APPROVER, number);
    const wrong = { ...AMOUNTS, 前払金保証の保証金額: "2,000,000円" };
    const refused = await world.slack.person(APPROVER).submit(view, wrong);
    expect(refused.errors).toHaveLength(1);
    expect(refused.errors[0]?.message).not.toContain("20,000,000");
    await cardWith(world, number, "承認待ち");
  });
});

describe("the database is gone", () => {
  it("Slack says so and that nothing was done; afterwards work goes on", { timeout: 60_000 }, async () => {
    const database = await freshDatabase();
    const world = await startWorld({ databaseUrl: database.url });
    try {
      await world.mail.send(CONTRACTOR, { to: DESK, ...applicationLetter(worksDates(new Date())) });
      await world.slack.waitFor(() => world.slack.messages(CHANNEL).length > 0, { timeoutMs: 10_000 });
      const url = new URL(database.url);
      const name = url.pathname.slice(1);
      url.pathname = "/postgres";
      await onServer(url.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await onServer(
        url.href,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
      const seen = await world.slack
        .person(CLERK)
        .command("/hosho", "引受 A-000001 65000 20000", { channel: CHANNEL, waitMs: 4000 });
      expect(seen.text).toContain("データベース");
      expect(seen.text).toMatch(/何も|いません/);
      await world.mail.send(CONTRACTOR, {
        to: DESK,
        subject: "申込",
        text: applicationLetter(worksDates(new Date())).text.replace("112号線", "113号線"),
      });
      await onServer(url.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await world.slack.waitFor(
        () => world.slack.messages(CHANNEL).some((m) => readable(m).includes("113号線")),
        { timeoutMs: 30_000, what: "the letter that came while the database was gone" },
      );
      const after = await world.slack
        .person(CLERK)
        .command("/hosho", "引受 A-000001 65000 20000", { channel: CHANNEL });
      expect(after.text).not.toContain("データベース");
    } finally {
      await world.stop();
      await database.drop();
    }
  });
});

describe("settings are missing", () => {
  it("all are named at once, and the program ends with 1", async () => {
    const program = runProgram(["start"], { IMAP_PORT: "x" });
    expect(await program.ended).toBe(1);
    for (const name of [
      "IMAP_PORT",
      "IMAP_HOST",
      "SMTP_HOST",
      "MAIL_FROM",
      "SEAL_KEY",
      "SLACK_BOT_TOKEN",
      "SLACK_APP_TOKEN",
      "SLACK_CHANNEL",
      "STAFF_FILE",
      "GUARANTOR_NAME",
    ])
      expect(program.output()).toContain(name);
  });
});
