import { afterEach, describe, expect, it } from "vitest";
import type { Vitals } from "../../core/rows/upkeep.ts";
import { doorGauges, type Health, type HealthSources, startHealth } from "../../mail/upkeep/health.ts";
import { freePort } from "../journeys/world.ts";

/** The health page as a scraper and a supervisor see it. */

const QUIET: Vitals = {
  oldestUnfinishedLetter: null,
  parkedLetters: 0,
  oldestOutbound: null,
  pendingOutbound: 0,
  ambiguous: 0,
  parkedOutbound: 0,
  oldestSlack: null,
  canaryAge: null,
};
const open: Health[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((health) => health.stop()));
});

async function page(change: Partial<HealthSources> = {}) {
  const port = await freePort();
  const sources = {
    parts: () => ({ database: true }),
    gauges: () => ({}),
    vitals: async () => QUIET,
    ...change,
  };
  open.push(await startHealth(port, sources));
  return (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
}

const sample = (text: string, name: string) => new RegExp(`^hosho_${name} (.*)$`, "m").exec(text)?.[1];

describe("/metrics", () => {
  it("tells every figure, each with its help and type, in Prometheus' text format", async () => {
    const ask = await page({
      parts: () => ({ database: true, mailbox: false }),
      gauges: () => ({
        leader: 1,
        last_scan_age_seconds: 3.5,
        mailbox_quota_share: 0.42,
        imap_token_expiry_seconds: 1800,
        smtp_token_expiry_seconds: -5,
      }),
      vitals: async () => ({
        oldestUnfinishedLetter: 61,
        parkedLetters: 2,
        oldestOutbound: 7200,
        pendingOutbound: 3,
        ambiguous: 1,
        parkedOutbound: 4,
        oldestSlack: 12,
        canaryAge: 901,
      }),
    });
    const answer = await ask("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(samples).toEqual([
      'hosho_part_ready{part="database"} 1',
      'hosho_part_ready{part="mailbox"} 0',
      "hosho_leader 1",
      "hosho_last_scan_age_seconds 3.5",
      "hosho_mailbox_quota_share 0.42",
      "hosho_imap_token_expiry_seconds 1800",
      "hosho_smtp_token_expiry_seconds -5",
      "hosho_oldest_unfinished_letter_seconds 61",
      "hosho_parked_letters 2",
      "hosho_outbox_pending 3",
      "hosho_outbox_oldest_seconds 7200",
      "hosho_outbox_ambiguous 1",
      "hosho_outbox_parked 4",
      "hosho_slack_oldest_unsaid_seconds 12",
      "hosho_canary_age_seconds 901",
    ]);
    for (const name of new Set(samples.map((line) => /^\w+/.exec(line)?.[0]))) {
      expect(text).toMatch(new RegExp(`^# HELP ${name} .+\\.\n# TYPE ${name} gauge\n${name}[ {]`, "m"));
    }
    expect(text.endsWith("\n")).toBe(true);
  });

  it("says 0 for ages when nothing waits, and leaves out what nobody knows", async () => {
    const text = await (await page({ gauges: () => ({ leader: 0, mailbox_quota_share: null }) }))(
      "/metrics",
    ).then((answer) => answer.text());
    expect(sample(text, "leader")).toBe("0");
    expect(sample(text, "oldest_unfinished_letter_seconds")).toBe("0");
    for (const name of ["mailbox_quota_share", "canary_age_seconds", "last_scan_age_seconds"])
      expect(text).not.toContain(name);
  });

  it.each([
    ["refuses", () => Promise.reject(new Error("connection refused"))],
    ["never answers", () => new Promise<Vitals>(() => undefined)],
  ])("answers soon without the figures of a database that %s", { timeout: 8_000 }, async (_, vitals) => {
    const ask = await page({ vitals, gauges: () => ({ leader: 1 }) });
    const text = await (await ask("/metrics")).text();
    expect(text).toContain('hosho_part_ready{part="database"} 0');
    expect(sample(text, "leader")).toBe("1");
    expect(text).not.toContain("parked");
    expect((await ask("/healthz")).status).toBe(200);
  });

  it("asks the database once for many scrapers at a time", async () => {
    let asked = 0;
    const ask = await page({
      vitals: async () => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { ...QUIET, parkedLetters: 7 };
      },
    });
    const texts = await Promise.all(Array.from({ length: 10 }, async () => (await ask("/metrics")).text()));
    expect(texts.map((text) => sample(text, "parked_letters"))).toEqual(Array(10).fill("7"));
    expect(asked).toBe(1);
  });
});

describe("a supervisor", () => {
  it("sees life although nothing works, and what is waited for", async () => {
    const ask = await page({ parts: () => ({ database: false, mailbox: true, slack: false }) });
    expect((await ask("/healthz")).status).toBe(200);
    const ready = await ask("/readyz");
    expect([ready.status, await ready.text()]).toEqual([503, "waiting for database, slack\n"]);
    expect((await ask("/letters")).status).toBe(404);
  });

  it("sees the program become ready", async () => {
    let fine = false;
    const ask = await page({ parts: () => ({ mailbox: fine }) });
    expect((await ask("/readyz")).status).toBe(503);
    fine = true;
    expect((await ask("/readyz")).status).toBe(200);
  });
});

describe("the figures of the mail door", () => {
  const now = "2026-04-10T01:00:00.000Z";
  it("of a leader with tokens", () => {
    const door = {
      leading: () => true,
      lastScanAt: () => "2026-04-10T00:59:30.000Z",
      quotaShare: () => 0.5,
      tokenEnds: () => ({ imap: "2026-04-10T01:30:00.000Z", smtp: null }),
    };
    expect(doorGauges(door, now)).toEqual({
      leader: 1,
      last_scan_age_seconds: 30,
      mailbox_quota_share: 0.5,
      imap_token_expiry_seconds: 1800,
      smtp_token_expiry_seconds: null,
    });
  });
  it("are none where there is no mail door", () => {
    expect(doorGauges(null, now)).toEqual({});
  });
});
