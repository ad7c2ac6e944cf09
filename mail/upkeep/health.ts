import { createServer, type Server } from "node:http";
import type { Desk } from "../../core/ports.ts";
import type { Vitals } from "../../core/rows/upkeep.ts";
import type { Instant } from "../../core/terms.ts";
import type { MailDoor } from "../door.ts";

/** What the health page reports; each is asked at the moment of the request. */
export interface HealthSources {
  /** Parts that must work before the program is ready, by name. */
  parts(): Record<string, boolean>;
  /** What this process knows by itself; null or absent: not known here. */
  gauges(): Partial<Record<LocalGauge, number | null>>;
  /** How the work stands, from the database; may take long or reject. */
  vitals(): Promise<Vitals>;
}

export interface Health {
  stop(): Promise<void>;
}

/** Two scrapers and a person at the page cost the database one query. */
const KEPT_MS = 1_000;
/** A scraper gives up after ten seconds and would get nothing at all; the rest of the page must not wait for the database. */
const VITALS_MS = 1_500;

const LOCAL = {
  leader: "1 while this process watches the mailbox and records letters, 0 while it stands by.",
  last_scan_age_seconds: "Seconds since the mailbox was last scanned by this process.",
  mailbox_quota_share: "How full the mailbox is, 0 to 1; absent when the server does not say.",
  imap_token_expiry_seconds: "Seconds until the access token for IMAP ends; renewed before.",
  smtp_token_expiry_seconds: "Seconds until the access token for SMTP ends; renewed before.",
} as const;
export type LocalGauge = keyof typeof LOCAL;

/** The page of a desk at work. @param mail null in a process without the mail door. @returns null without a port. */
export async function startDeskHealth(
  port: number | null,
  desk: { parts(): Record<string, boolean>; mail: MailDoor | null; desk: Pick<Desk, "store" | "now"> },
): Promise<Health | null> {
  if (port === null) return null;
  const { store, now } = desk.desk;
  return startHealth(port, {
    parts: desk.parts,
    gauges: () => doorGauges(desk.mail, now()),
    vitals: () => store.transact((tx) => tx.vitals(now())),
  });
}

/** What the mail door of this process knows; nothing without one. */
export function doorGauges(
  door: Pick<MailDoor, "leading" | "lastScanAt" | "quotaShare" | "tokenEnds"> | null,
  now: Instant,
): Partial<Record<LocalGauge, number | null>> {
  if (door === null) return {};
  const secondsTo = (then: Instant | null) =>
    then === null ? null : (Date.parse(then) - Date.parse(now)) / 1000;
  const scan = secondsTo(door.lastScanAt());
  const ends = door.tokenEnds();
  return {
    leader: door.leading() ? 1 : 0,
    last_scan_age_seconds: scan === null ? null : Math.max(0, -scan),
    mailbox_quota_share: door.quotaShare(),
    imap_token_expiry_seconds: secondsTo(ends.imap),
    smtp_token_expiry_seconds: secondsTo(ends.smtp),
  };
}

/** By member of {@link Vitals}. Ages are 0 when nothing waits; the canary's is absent before the first came back. */
const STORED: Record<keyof Vitals, { name: string; help: string }> = {
  oldestUnfinishedLetter: {
    name: "oldest_unfinished_letter_seconds",
    help: "Age of the oldest letter that is not done with.",
  },
  parkedLetters: { name: "parked_letters", help: "Letters that wait for staff." },
  pendingOutbound: { name: "outbox_pending", help: "Letters that have to leave yet." },
  oldestOutbound: { name: "outbox_oldest_seconds", help: "Age of the oldest letter that has to leave yet." },
  ambiguous: { name: "outbox_ambiguous", help: "Letters of which nobody knows whether they arrived." },
  parkedOutbound: { name: "outbox_parked", help: "Letters out that wait for staff." },
  oldestSlack: { name: "slack_oldest_unsaid_seconds", help: "Age of the oldest message not yet in Slack." },
  canaryAge: { name: "canary_age_seconds", help: "Seconds since a letter to ourselves last came back." },
};

/**
 * `/healthz` (the event loop turns), `/readyz` and `/metrics` on loopback only; nothing here says anything about letters
 * or people.
 */
export async function startHealth(port: number, sources: HealthSources): Promise<Health> {
  const stored = keeping(() => within(sources.vitals(), VITALS_MS));
  const server = createServer((request, response) => {
    const answerWith = (status: number, type: string, body: string) =>
      response.writeHead(status, { "content-type": `${type}; charset=utf-8` }).end(body);
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path === "/healthz") answerWith(200, "text/plain", "ok\n");
    else if (path === "/readyz") answerWith(...readiness(sources));
    else if (path === "/metrics")
      // Prometheus text exposition format 0.0.4.
      void stored().then((vitals) => answerWith(200, "text/plain; version=0.0.4", metrics(sources, vitals)));
    else answerWith(404, "text/plain", "not found\n");
  });
  await listen(server, port);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readiness({ parts }: HealthSources): [number, string, string] {
  const waiting = Object.entries(parts()).filter(([, fine]) => !fine);
  if (waiting.length === 0) return [200, "text/plain", "ready\n"];
  return [503, "text/plain", `waiting for ${waiting.map(([name]) => name).join(", ")}\n`];
}

/** @param vitals null when the database did not answer in time. */
function metrics({ parts, gauges }: HealthSources, vitals: Vitals | null): string {
  const ready = Object.entries({ ...parts(), ...(vitals === null ? { database: false } : {}) });
  const local = gauges();
  const lines = [
    ...gauge(
      "part_ready",
      "1 while the part works.",
      ready.map(([name, fine]) => [`{part="${name}"}`, fine ? 1 : 0]),
    ),
    ...Object.entries(LOCAL).flatMap(([name, help]) => gauge(name, help, [["", local[name as LocalGauge]]])),
    ...Object.entries(STORED).flatMap(([member, { name, help }]) => {
      const value = vitals?.[member as keyof Vitals];
      return gauge(name, help, [["", vitals !== null && member !== "canaryAge" ? (value ?? 0) : value]]);
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function gauge(name: string, help: string, samples: [string, number | null | undefined][]): string[] {
  const known = samples.filter(([, value]) => typeof value === "number" && Number.isFinite(value));
  if (known.length === 0) return [];
  const full = `hosho_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} gauge`,
    ...known.map(([labels, value]) => `${full}${labels} ${value}`),
  ];
}

/** Null when it takes longer or fails. */
function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms);
    work.then(resolve, () => resolve(null)).finally(() => clearTimeout(timer));
  });
}

/** One question at a time; its answer serves for a moment. */
function keeping<T>(ask: () => Promise<T>): () => Promise<T> {
  let kept: { until: number; answer: Promise<T> } | null = null;
  return () => {
    if (kept !== null && performance.now() < kept.until) return kept.answer;
    const asked = { until: Number.POSITIVE_INFINITY, answer: ask() };
    void asked.answer.finally(() => {
      asked.until = performance.now() + KEPT_MS;
    });
    kept = asked;
    return asked.answer;
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
