import { randomBytes, randomUUID } from "node:crypto";
import { simpleParser } from "mailparser";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { noteCanary } from "../../core/desk/upkeep.ts";
import { ownIds } from "../../core/own-id.ts";
import type { Desk } from "../../core/ports.ts";
import { sealerFromKey } from "../../core/seal.ts";
import { readHeader } from "../../mail/intake/header.ts";
import { loopReason } from "../../mail/intake/loops.ts";
import { composer } from "../../mail/smtp/compose.ts";
import { deskDuties } from "../../mail/upkeep/duties.ts";
import { type Duty, startRounds } from "../../mail/upkeep/rounds.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { loadWords } from "../../templates/words.ts";
import { type FreshDatabase, freshDatabase, onServer } from "../database.ts";

/** Letters to ourselves on the real store, by a clock that the test moves. */

const DESK = "hosho@mihon-hosho.example";
const SEAL_KEY = randomBytes(32).toString("base64");
const IDS = ownIds([SEAL_KEY]);
const MINUTES = 15;

let fresh: FreshDatabase;
let database: Database;
let clock: number;
const rounds: { stop(): Promise<void> }[] = [];
const lines: { data: object; message: string }[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
});
beforeEach(async () => {
  clock = Date.parse("2026-04-10T01:00:00.000Z");
  await onServer(fresh.url, "TRUNCATE outbound_letters, slack_messages, duties");
});
afterEach(async () => {
  await Promise.all(rounds.splice(0).map((one) => one.stop()));
  lines.splice(0);
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const now = () => new Date(clock).toISOString();
const later = (minutes: number) => {
  clock += minutes * 60_000;
};

function desk(): Desk {
  const guarantor = { name: "見本建設業保証株式会社", address: "東京都", representative: "代表取締役" };
  const compose = composer({ from: DESK, guarantor, words: loadWords(), now, ids: IDS, verp: false });
  const policy = { deskAddress: DESK } as Desk["policy"];
  const sealer = sealerFromKey(SEAL_KEY);
  const rest = {
    random: randomBytes,
    newId: randomUUID,
    documents: {} as Desk["documents"],
    recheck: () => [],
  };
  return { ...rest, store: database.store, now, sealer, compose, policy };
}

function canary(): Duty {
  const settings = { canaryMinutes: MINUTES, lettersKeptDays: 400 } as Parameters<
    typeof deskDuties
  >[0]["settings"];
  const access = { account: {} } as Parameters<typeof deskDuties>[0]["access"];
  const [duty] = deskDuties({ settings, access, desk: desk(), goLive: now(), log: recorder() });
  if (duty === undefined) throw new Error("no canary");
  return duty;
}

function recorder() {
  const line = (data: object, message: string) => void lines.push({ data, message });
  return { info: line, warn: line, error: line };
}

/** One process that makes its rounds. */
function process(duties: Duty[], mayWork = () => true): void {
  rounds.push(startRounds({ duties, store: database.store, mayWork, now, log: recorder(), everyMs: 5 }));
}

interface Sent {
  id: string;
  cause: string;
  to: string;
  message_id: string;
  sealed_bytes: Buffer;
}
const sent = () =>
  rows<Sent>("SELECT id, cause, recipient AS to, message_id, sealed_bytes FROM outbound_letters");
const told = async () =>
  (
    await rows<{ content: { code: string; detail: object } }>(
      "SELECT post->'content' AS content FROM slack_messages",
    )
  ).map(({ content }) => content.code);

async function rows<T extends object>(sql: string): Promise<T[]> {
  const { connectOnce } = await import("../../prisma/pool.ts");
  const db = await connectOnce(fresh.url);
  try {
    return (await db.query<T>(sql)).rows;
  } finally {
    await db.end();
  }
}

/** Until so many went out in all. */
async function sentUntil(count: number): Promise<Sent[]> {
  await vi.waitFor(async () => expect(await sent()).toHaveLength(count), { timeout: 10_000 });
  return sent();
}
/** Long enough for some rounds. */
const someRounds = () => new Promise((resolve) => setTimeout(resolve, 100));

const back = async (letter: Sent | undefined) => noteCanary(desk(), IDS.idOf(letter?.message_id ?? "") ?? "");
const canaryAge = () => database.store.transact(async (tx) => (await tx.vitals(now())).canaryAge);

describe("a letter to ourselves", () => {
  it("leaves once an interval, whichever of two processes makes its round", async () => {
    process([canary()]);
    process([canary()]);
    await sentUntil(1);
    await someRounds();
    expect(await sent()).toHaveLength(1);
    later(MINUTES);
    const letters = await sentUntil(2);
    expect(letters.map(({ to }) => to)).toEqual([DESK, DESK]);
    expect(new Set(letters.map(({ cause }) => cause)).size).toBe(2);
  });

  it("is known as ours when it comes back, and never answered", async () => {
    process([canary()]);
    const [letter] = await sentUntil(1);
    const bytes = sealerFromKey(SEAL_KEY).unseal(letter?.sealed_bytes ?? Buffer.alloc(0));
    expect(loopReason(readHeader(bytes).fields, "somebody.else@example.jp", IDS)).toBe("own_letter");
    const mail = await simpleParser(Buffer.from(bytes));
    expect(mail.subject).toBe("【電子保証】メール送受信の自動点検");
    expect(mail.text).toContain("令和8年4月10日 10時00分");
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
  });

  it("that comes back in time is nobody's business but the metric's", async () => {
    process([canary()]);
    const [letter] = await sentUntil(1);
    expect(await canaryAge()).toBeNull();
    later(1);
    expect(await back(letter)).toBe(true);
    later(MINUTES);
    await sentUntil(2);
    expect(await told()).toEqual([]);
    expect(await canaryAge()).toBe(MINUTES * 60);
  });

  it("that does not come back is told once, and once more when one is back", async () => {
    process([canary()]);
    const [first] = await sentUntil(1);
    for (let at = 2; at <= 4; at++) {
      later(MINUTES);
      await sentUntil(at);
    }
    expect(await told()).toEqual(["canary_lost"]);
    expect(await back(first)).toBe(true);
    expect(await told()).toEqual(["canary_lost", "canary_back"]);
    const last = (await sent()).at(-1);
    expect(await back(last)).toBe(true);
    later(MINUTES);
    await sentUntil(5);
    expect(await told()).toEqual(["canary_lost", "canary_back"]);
    later(MINUTES);
    await sentUntil(6);
    expect(await told()).toEqual(["canary_lost", "canary_back", "canary_lost"]);
  });

  it("another letter of ours that comes back is none", async () => {
    expect(await noteCanary(desk(), randomUUID())).toBe(false);
    process([canary()]);
    await sentUntil(1);
    await onServer(fresh.url, "UPDATE outbound_letters SET template = 'receipt'");
    expect(await back((await sent())[0])).toBe(false);
    expect(await canaryAge()).toBeNull();
  });
});

describe("rounds", () => {
  const duty = (run: () => Promise<void>): Duty => ({
    name: "d",
    notSince: () => "2026-04-10T00:30:00.000Z",
    run,
  });

  it("are not made by a process that stands by", async () => {
    let leading = false;
    process([canary()], () => leading);
    await someRounds();
    expect(await sent()).toHaveLength(0);
    leading = true;
    await sentUntil(1);
  });

  it("leave a duty that failed alone for a while, then do it again, and log no message", async () => {
    let runs = 0;
    process([
      duty(async () => {
        runs += 1;
        if (runs === 1) throw new Error("secret words of a server");
      }),
    ]);
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
    await someRounds();
    expect(runs).toBe(1);
    later(11);
    await vi.waitFor(() => expect(runs).toBe(2), { timeout: 10_000 });
    await someRounds();
    expect(runs).toBe(2);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("never overlap, and the end waits for what is under way", async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    let begun = false;
    const slow: Duty = {
      name: "slow",
      notSince: () => now(),
      async run() {
        begun = true;
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 60));
        running -= 1;
        done += 1;
      },
    };
    process([slow]);
    await vi.waitFor(() => expect(done).toBeGreaterThan(1), { timeout: 10_000 });
    begun = false;
    await vi.waitFor(() => expect(begun).toBe(true), { timeout: 10_000 });
    await Promise.all(rounds.splice(0).map((one) => one.stop()));
    expect([running, most]).toEqual([0, 1]);
  });
});
