import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { callMethod } from "./api.ts";
import { refuse } from "./api-answer.ts";
import { takeUpload } from "./api-files.ts";
import type { FaultPlan } from "./faults.ts";
import { useResponseUrl } from "./response-url.ts";
import type { Json, JsonObject } from "./types.ts";
import { acceptWebSocket, type WebSocketConnection } from "./websocket.ts";
import type { Workspace } from "./workspace.ts";

export interface Tokens {
  bot: string;
  app: string;
}

interface Answer {
  status: number;
  body: JsonObject | string | Buffer;
}

/** Slack's Web API, upload host and Socket Mode gate on one loopback port that can go down and come back. */
export class SlackServer {
  port: number;
  readonly #workspace: Workspace;
  readonly #faults: FaultPlan;
  readonly #tokens: Tokens;
  readonly #onSocket: (connection: WebSocketConnection) => void;
  readonly #tickets = new Set<string>();
  readonly #sockets = new Set<Duplex>();
  #server: Server | null = null;

  constructor(
    workspace: Workspace,
    faults: FaultPlan,
    tokens: Tokens,
    port: number,
    onSocket: (connection: WebSocketConnection) => void,
  ) {
    this.#workspace = workspace;
    this.#faults = faults;
    this.#tokens = tokens;
    this.#onSocket = onSocket;
    this.port = port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((request, response) => {
      // A body that cannot be read or parsed; the app went away or sent what is no JSON.
      this.#serve(request, response).catch(() =>
        send(response, { status: 400, body: refuse("invalid_json") }),
      );
    });
    server.on("upgrade", (request, socket) => this.#upgrade(request, socket));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection and stops listening; the workspace keeps its messages. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, first = "", rest = ""] = new URL(request.url ?? "/", this.origin).pathname.split("/");
    const name = first === "api" ? rest : first === "response" ? "response_url" : first;
    const fault = this.#faults.take(name);
    if (fault?.status !== undefined || fault?.error !== undefined) {
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", String(fault.retryAfter));
      const error = fault.error ?? (fault.status === 429 ? "ratelimited" : "internal_error");
      send(response, { status: fault.status ?? 200, body: refuse(error) });
      return;
    }
    const answer = await this.#answer(first, rest, request, Buffer.concat(chunks));
    if (fault?.dropAfterStore === true) {
      response.destroy();
      return;
    }
    if (fault?.delayMs === undefined) {
      send(response, answer);
      return;
    }
    setTimeout(() => send(response, answer), fault.delayMs).unref();
  }

  async #answer(first: string, rest: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
    const type = request.headers["content-type"] ?? "";
    if (first === "upload") {
      const { status, text } = await takeUpload(this.#workspace, rest, body, type);
      return { status, body: text };
    }
    if (first === "response") {
      const { status, answer } = useResponseUrl(this.#workspace, rest, parseArgs(body, type));
      return { status, body: answer };
    }
    if (first !== "api") return { status: 404, body: "not found" };
    const args = parseArgs(body, type);
    for (const [key, value] of new URL(request.url ?? "/", this.origin).searchParams) args[key] ??= value;
    return { status: 200, body: this.#api(rest, args, request.headers.authorization) };
  }

  #api(method: string, args: JsonObject, authorization: string | undefined): JsonObject {
    const token = authorization?.replace(/^Bearer /, "") ?? args.token;
    delete args.token;
    const wanted = method === "apps.connections.open" ? this.#tokens.app : this.#tokens.bot;
    if (token === undefined) return refuse("not_authed");
    if (token !== wanted) return refuse("invalid_auth");
    const call = { method, args, answer: null as JsonObject | null };
    this.#workspace.calls.push(call);
    const context = { workspace: this.#workspace, origin: this.origin, socketUrl: () => this.#ticket() };
    call.answer = callMethod(method, args, context);
    this.#workspace.changed();
    return call.answer;
  }

  #ticket(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `ws://127.0.0.1:${this.port}/link/${ticket}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    const ticket = (request.url ?? "").replace("/link/", "");
    if (!this.#tickets.delete(ticket)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    const connection = acceptWebSocket(request, socket);
    if (connection !== null) this.#onSocket(connection);
  }
}

/** Slack takes JSON and forms; in forms, structured arguments are JSON text. */
function parseArgs(body: Buffer, type: string): JsonObject {
  const text = body.toString("utf8");
  if (text === "") return {};
  if (type.includes("json")) return JSON.parse(text) as JsonObject;
  const args: JsonObject = {};
  for (const [key, value] of new URLSearchParams(text))
    args[key] = STRUCTURED.has(key) ? parseOr(value) : value;
  return args;
}

const STRUCTURED = new Set(["blocks", "attachments", "view", "metadata", "files", "message", "unfurl_links"]);

function parseOr(value: string): Json {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return;
  const json = typeof body === "object" && !Buffer.isBuffer(body);
  response.writeHead(status, { "content-type": json ? "application/json" : "text/plain" });
  response.end(json ? JSON.stringify(body) : body);
}
