import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Candidate } from "../../core/ports.ts";
import { Fenced } from "../../core/store.ts";
import { openLeadership } from "../../prisma/leadership.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { arrived } from "./samples.ts";

/** Who holds an office when its holder dies, freezes, or loses the database. */

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const candidates: Candidate[] = [];
afterEach(async () => {
  await Promise.all(candidates.splice(0).map((candidate) => candidate.stop()));
});

function run(name: string) {
  const terms: (number | "end")[] = [];
  const candidate = openLeadership(fresh.url, () => undefined).lead(name, {
    begin: (epoch) => void terms.push(epoch),
    end: () => void terms.push("end"),
  });
  candidates.push(candidate);
  return { candidate, terms };
}

/** Ten seconds are promised; the rest is for a machine that has much else to do. */
const TAKEN_OVER = { timeout: 15_000, interval: 50 };

test("one of three leads, and when it leaves another follows with a higher epoch", async () => {
  const all = [run("a"), run("a"), run("a")];
  const leaders = () => all.filter(({ candidate }) => candidate.leading());
  await expect.poll(() => leaders().length, TAKEN_OVER).toBe(1);
  await expect.poll(() => all.filter(({ candidate }) => candidate.standingBy()).length, TAKEN_OVER).toBe(2);
  const first = leaders()[0];
  await first?.candidate.stop();
  await expect.poll(() => leaders().length, TAKEN_OVER).toBe(1);
  expect(first?.terms).toEqual([1, "end"]);
  expect(leaders()[0]?.terms).toEqual([2]);
});

test("offices are held by themselves", async () => {
  const [one, other] = [run("b"), run("c")];
  await expect.poll(() => one.candidate.leading() && other.candidate.leading(), TAKEN_OVER).toBe(true);
});

test("a leader whose session the database ends is out of office, and comes back in a new term", async () => {
  const { candidate, terms } = run("d");
  await expect.poll(() => candidate.leading(), TAKEN_OVER).toBe(true);
  const db = await connectOnce(fresh.url);
  await db.query("SELECT pg_terminate_backend(pid) FROM offices WHERE name = 'd'");
  await db.end();
  await expect.poll(() => terms, TAKEN_OVER).toEqual([1, "end", 2]);
});

/** A leader in a process of its own. @param letter records one in its term, and freezes half way through that step. */
function startHolder(name: string, letter = "") {
  const holder = fileURLToPath(new URL("./office-holder.ts", import.meta.url));
  const child = spawn(process.execPath, [holder, fresh.url, name, letter], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const state = { child, said: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    state.said += text;
  });
  return state;
}

test("a leader that freezes is replaced, and ends its term when it wakes", async () => {
  const holder = startHolder("e");
  try {
    await expect.poll(() => holder.said, TAKEN_OVER).toContain("begin 1");
    const { candidate, terms } = run("e");
    holder.child.kill("SIGSTOP");
    await expect.poll(() => candidate.leading(), TAKEN_OVER).toBe(true);
    expect(terms).toEqual([2]);
    holder.child.kill("SIGCONT");
    await expect.poll(() => holder.said, TAKEN_OVER).toContain("end");
    expect(candidate.leading()).toBe(true);
  } finally {
    holder.child.kill("SIGKILL");
  }
});

test("a leader that freezes while it records letters is replaced as soon, and its step comes to nothing", async () => {
  const holder = startHolder("g", "frozen");
  try {
    await expect.poll(() => holder.said, TAKEN_OVER).toContain("recording");
    const { candidate, terms } = run("g");
    holder.child.kill("SIGSTOP");
    await expect.poll(() => candidate.leading(), TAKEN_OVER).toBe(true);
    expect(terms).toEqual([2]);
    holder.child.kill("SIGCONT");
    await expect.poll(() => holder.said, TAKEN_OVER).toContain("not recorded");
    const again = [arrived({ contentKey: "frozen", place: place(3) })];
    const office = { name: "g", epoch: 2 };
    const recorded = await database.store.transact((tx) => tx.recordLetters(again, office));
    expect(recorded).toMatchObject([{ duplicate: false }]);
  } finally {
    holder.child.kill("SIGKILL");
  }
});

test("a step of the last term that nothing ends does not keep the office empty", async () => {
  const first = run("h");
  await expect.poll(() => first.candidate.leading(), TAKEN_OVER).toBe(true);
  const db = await connectOnce(fresh.url);
  await db.query("BEGIN");
  await db.query("SET LOCAL idle_in_transaction_session_timeout = 0");
  await db.query("SELECT epoch FROM offices WHERE name = 'h' FOR KEY SHARE");
  await first.candidate.stop();
  const second = run("h");
  await expect.poll(() => second.candidate.leading(), TAKEN_OVER).toBe(true);
  await expect(db.query("COMMIT")).rejects.toThrow();
  await db.end();
});

test("a leader whose recording takes longer than its beats stays in office", async () => {
  const { candidate, terms } = run("i");
  await expect.poll(() => candidate.leading(), TAKEN_OVER).toBe(true);
  await database.store.transact(async (tx) => {
    const step = { name: "i", epoch: 1 };
    await tx.recordLetters([arrived({ contentKey: "i1", place: place(1) })], step);
    await sleep(3_500);
    await tx.recordLetters([arrived({ contentKey: "i2", place: place(2) })], step);
    await sleep(3_500);
  });
  expect(terms).toEqual([1]);
});

function place(uid: number) {
  return { mailbox: "office", uidValidity: 1n, uid };
}

test("what was fetched in an ended term is not recorded any more", async () => {
  const first = run("f");
  await expect.poll(() => first.candidate.leading(), TAKEN_OVER).toBe(true);
  await first.candidate.stop();
  const second = run("f");
  await expect.poll(() => second.candidate.leading(), TAKEN_OVER).toBe(true);
  const record = (epoch: number) =>
    database.store.transact((tx) => tx.recordLetters([arrived({ contentKey: "f" })], { name: "f", epoch }));
  await expect(record(1)).rejects.toThrow(Fenced);
  expect(await record(2)).toMatchObject([{ duplicate: false }]);
});
