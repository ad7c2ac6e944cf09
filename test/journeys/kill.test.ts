import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freshDatabase } from "../database.ts";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import { readNotices } from "../demo/player.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { type Program, runProgram } from "./child.ts";
import { AMOUNTS, apply, cardWith, requestApproval, review } from "./steps.ts";
import { APPROVER, CHANNEL, CONTRACTOR, DESK, startWorld, type World } from "./world.ts";

/** The whole program as a child process, killed without warning; what counts is what people find afterwards. */
describe("killed at any moment and started again", () => {
  let world: World;
  let program: Program;
  let database: Awaited<ReturnType<typeof freshDatabase>>;

  beforeEach(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    program = start();
    await program.ready();
  });
  afterEach(async () => {
    await program.kill();
    await world.stop();
    await database.drop();
  });

  const start = () => runProgram(["start"], { ...world.env, LOG_LEVEL: "info" });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const again = async () => {
    await program.kill();
    program = start();
    await program.ready();
  };
  const cards = () =>
    world.slack
      .messages(CHANNEL)
      .filter((m) => /A-\d{6}/.test(readable(m)) && /前払金保証/.test(readable(m)));
  const caseNumbers = () => cards().map((m) => /A-\d{6}/.exec(readable(m))?.[0] ?? "");

  it("every application becomes exactly one case, answered once or shown to staff", {
    timeout: 120_000,
  }, async () => {
    const letters = 16;
    const application = applicationLetter(worksDates(new Date()));
    for (let n = 1; n <= letters; n++) {
      await world.mail.send(CONTRACTOR, {
        to: DESK,
        subject: `${application.subject} ${n}`,
        text: application.text.replace("112号線", `${100 + n}号線`),
      });
      // The moments differ from kill to kill; a kill falls into reading, deciding, posting or sending.
      if (n % 3 === 0) {
        await pause(35 * (n / 3));
        await again();
      }
    }
    await world.slack.waitFor(() => new Set(caseNumbers()).size === letters, {
      timeoutMs: 60_000,
      what: "a card for every case",
    });
    const expected = Array.from({ length: letters }, (_, i) => `A-${String(i + 1).padStart(6, "0")}`);
    expect([...caseNumbers()].sort()).toEqual(expected);
    const receiptsOf = async () =>
      (await world.mail.inbox(CONTRACTOR)).map((l) => /A-\d{6}/.exec(l.subject)?.[0] ?? "");
    const parked = () =>
      new Set(
        cards()
          .filter((m) => world.slack.thread(CHANNEL, m.ts).some((t) => readable(t).includes("送信")))
          .map((m) => /A-\d{6}/.exec(readable(m))?.[0] ?? ""),
      );
    for (const deadline = Date.now() + 60_000; ; await pause(100)) {
      const settled = new Set([...(await receiptsOf()), ...parked()]);
      if (settled.size === letters) break;
      if (Date.now() > deadline)
        throw new Error(`neither answered nor parked: ${expected.filter((n) => !settled.has(n))}`);
    }
    const receipts = await receiptsOf();
    expect(new Set(receipts).size, "nobody was answered twice").toBe(receipts.length);
  });

  it("what two people approved is issued once, under the number that was reserved", {
    timeout: 120_000,
  }, async () => {
    for (let round = 1; round <= 3; round++) {
      const number = await apply(world, `町道${round}号線改良工事`);
      await requestApproval(world, number);
      await world.slack.person(APPROVER).submit(await review(world, APPROVER, number), AMOUNTS);
      await pause(30 * (round - 1));
      await again();
      await cardWith(world, number, "発行済");
    }
    const numbers = new Set<string>();
    for (const letter of (await world.mail.inbox(CONTRACTOR)).filter((l) => l.subject.includes("発行完了"))) {
      for (const notice of await readNotices(letter)) {
        expect(numbers.has(notice.number)).toBe(false);
        numbers.add(notice.number);
      }
    }
    const shown = world.slack.messages(CHANNEL).flatMap((m) => readable(m).match(/\d{5}-\d{6}/g) ?? []);
    const serials = [...new Set(shown)]
      .map((n) => Number(n.replace("-", "").slice(3, 10)))
      .sort((a, b) => a - b);
    expect(serials).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("SIGTERM finishes what runs, and nothing is left half done", { timeout: 60_000 }, async () => {
    const application = applicationLetter(worksDates(new Date()));
    await world.mail.send(CONTRACTOR, { to: DESK, ...application });
    await world.slack.waitFor(() => cards().length === 1, { timeoutMs: 20_000 });
    expect(await program.end()).toBe(0);
    expect(program.output()).toContain('"msg":"stopped"');
    program = start();
    await program.ready();
    await world.mail.waitForLetter(CONTRACTOR, (l) => l.subject.includes("受付"), { timeoutMs: 20_000 });
    expect((await world.mail.inbox(CONTRACTOR)).length).toBe(1);
  });
});
