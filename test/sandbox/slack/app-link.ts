import { createHmac, randomUUID } from "node:crypto";
import type { Json, JsonObject } from "./types.ts";
import type { WebSocketConnection } from "./websocket.ts";

export type DeliveryKind = "slash_commands" | "interactive" | "events_api";

/** How the app took an interaction. `answer` is what its acknowledgement carried: words, an object or null. */
export interface Delivered {
  ok: boolean;
  error: string | null;
  ms: number;
  answer: Json;
}

/** Carries interactions to the app; one implementation for each transport. */
export interface AppLink {
  deliver(kind: DeliveryKind, payload: JsonObject): Promise<Delivered>;
}

/** Bolt itself answers 404 at 3 s; to the person that is the same as no answer. */
const LATE = 0.9;

/** Signed HTTP posts to the app's request URL. */
export class HttpLink implements AppLink {
  url: string | null = null;
  signingSecret: string;
  readonly #limitMs: number;

  constructor(signingSecret: string, limitMs: number) {
    this.signingSecret = signingSecret;
    this.#limitMs = limitMs;
  }

  async deliver(kind: DeliveryKind, payload: JsonObject): Promise<Delivered> {
    const started = performance.now();
    const done = (error: string | null, answer: Json = null): Delivered => {
      return { ok: error === null, error, ms: performance.now() - started, answer };
    };
    if (this.url === null) return done("app_unreachable");
    const { body, type } = encode(kind, payload);
    try {
      const response = await fetch(`${this.url.replace(/\/slack\/events$|\/$/, "")}/slack/events`, {
        method: "POST",
        headers: { "content-type": type, ...signed(body, this.signingSecret) },
        body,
        signal: AbortSignal.timeout(this.#limitMs),
      });
      const text = await response.text();
      if (response.ok) return done(null, decode(text));
      const late = performance.now() - started > this.#limitMs * LATE;
      return done(late ? "operation_timeout" : `dispatch_failed (HTTP ${response.status})`);
    } catch (failure) {
      return done(
        failure instanceof Error && failure.name === "TimeoutError" ? "operation_timeout" : "app_unreachable",
      );
    }
  }
}

/** Envelopes over the app's open sockets. */
export class SocketLink implements AppLink {
  readonly #open = new Set<WebSocketConnection>();
  readonly #waiting = new Map<string, (answer: Json) => void>();
  readonly #limitMs: number;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get connections(): number {
    return this.#open.size;
  }

  add(connection: WebSocketConnection, changed: () => void): void {
    this.#open.add(connection);
    connection.onText = (text) => this.#acknowledged(text);
    connection.onClose = () => {
      this.#open.delete(connection);
      changed();
    };
    connection.send(JSON.stringify({ type: "hello", num_connections: this.#open.size }));
    connection.ping();
    changed();
  }

  /** Keeps the app's watch on the line content. */
  ping(): void {
    for (const connection of this.#open) connection.ping();
  }

  cut(): void {
    for (const connection of this.#open) connection.destroy();
  }

  deliver(kind: DeliveryKind, payload: JsonObject): Promise<Delivered> {
    const started = performance.now();
    const connection = [...this.#open].at(-1);
    if (connection === undefined) {
      return Promise.resolve({ ok: false, error: "app_unreachable", ms: 0, answer: null });
    }
    const envelope = randomUUID();
    return new Promise((resolve) => {
      const settle = (error: string | null, answer: Json) => {
        clearTimeout(timer);
        this.#waiting.delete(envelope);
        resolve({ ok: error === null, error, ms: performance.now() - started, answer });
      };
      const timer = setTimeout(() => settle("operation_timeout", null), this.#limitMs);
      this.#waiting.set(envelope, (answer) => settle(null, answer));
      connection.send(
        JSON.stringify({ envelope_id: envelope, type: kind, accepts_response_payload: true, payload }),
      );
    });
  }

  #acknowledged(text: string): void {
    const { envelope_id: id, payload } = JSON.parse(text) as { envelope_id?: string; payload?: JsonObject };
    const empty = payload === undefined || Object.keys(payload).length === 0;
    this.#waiting.get(id ?? "")?.(empty ? null : payload);
  }
}

function encode(kind: DeliveryKind, payload: JsonObject): { body: string; type: string } {
  if (kind === "events_api") return { body: JSON.stringify(payload), type: "application/json" };
  const form =
    kind === "slash_commands"
      ? Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)])
      : { payload: JSON.stringify(payload) };
  return { body: new URLSearchParams(form).toString(), type: "application/x-www-form-urlencoded" };
}

/** The two headers by which an app knows that a request is Slack's. */
function signed(body: string, secret: string, at = Date.now()): Record<string, string> {
  const seconds = String(Math.floor(at / 1000));
  const digest = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
  return { "x-slack-request-timestamp": seconds, "x-slack-signature": `v0=${digest}` };
}

function decode(text: string): Json {
  if (text === "") return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
