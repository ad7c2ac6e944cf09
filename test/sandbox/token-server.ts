import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the next requests are answered instead of with a token. */
export interface TokenServerFault {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as it is; by default an error of the status in JSON. */
  body?: string;
  /** Answers this late. */
  delayMs?: number;
  /** Hangs up without an answer. */
  drop?: boolean;
  /** How many requests; 1 by default. */
  times?: number;
}

/** A token endpoint on loopback that knows one client and one consent. */
export interface TokenServer {
  url: string;
  /** What a person's consent gave: to be configured. */
  refreshToken: string;
  clientId: string;
  clientSecret: string;
  /** The form fields of each request, in order. */
  requests: Record<string, string>[];
  /** Access tokens given, in order. */
  given: string[];
  fail(fault: TokenServerFault): void;
  /** Would a mail server let this token in? */
  accepts(accessToken: string): boolean;
  /** All access tokens given so far end early. */
  endAccess(): void;
  /** The consent is withdrawn: every refresh token is refused. */
  withdrawConsent(): void;
  stop(): Promise<void>;
}

export interface TokenServerOptions {
  /** As Microsoft does: each grant brings a new refresh token. `strict`: the one before ends with it. */
  rotate?: "no" | "keep-old" | "strict";
  /** Undefined leaves the field out. */
  expiresIn?: number | string | undefined;
}

const secret = (prefix: string) => `${prefix}-${randomBytes(24).toString("base64url")}`;

/** Starts a token server as RFC 6749 §6 describes it. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { rotate = "no" } = options;
  const expiresIn = "expiresIn" in options ? options.expiresIn : 3600;
  const refreshTokens = new Set([secret("refresh")]);
  const accessTokens = new Set<string>();
  let faults: { fault: TokenServerFault; left: number }[] = [];
  const world = {
    refreshToken: [...refreshTokens][0] ?? "",
    clientId: "desk-client",
    clientSecret: secret("secret"),
    requests: [] as Record<string, string>[],
    given: [] as string[],
  };

  function grant(form: Record<string, string>): { status: number; answer: object } {
    if (form.client_id !== world.clientId || form.client_secret !== world.clientSecret)
      return { status: 401, answer: { error: "invalid_client" } };
    if (form.grant_type !== "refresh_token" || !refreshTokens.has(form.refresh_token ?? ""))
      return {
        status: 400,
        // Some servers quote what they were given.
        answer: { error: "invalid_grant", error_description: `AADSTS70008: expired: ${form.refresh_token}` },
      };
    const accessToken = secret("access");
    accessTokens.add(accessToken);
    world.given.push(accessToken);
    const next = rotate === "no" ? {} : { refresh_token: secret("refresh") };
    if (rotate === "strict") refreshTokens.delete(form.refresh_token ?? "");
    if (next.refresh_token !== undefined) refreshTokens.add(next.refresh_token);
    return {
      status: 200,
      answer: { token_type: "Bearer", access_token: accessToken, expires_in: expiresIn, ...next },
    };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const form = Object.fromEntries(new URLSearchParams(body));
    world.requests.push(form);
    const next = faults.find(({ left }) => left > 0);
    if (next !== undefined) next.left -= 1;
    const fault = next?.fault;
    if (fault?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.drop === true) {
      request.socket.destroy();
      return;
    }
    if (fault?.status !== undefined || fault?.body !== undefined) {
      response.writeHead(fault.status ?? 200, { "content-type": "application/json", ...fault.headers });
      response.end(fault.body ?? JSON.stringify({ error: "server_error" }));
      return;
    }
    const { status, answer } = grant(form);
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(answer));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...world,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    fail: (fault) => {
      faults.push({ fault, left: fault.times ?? 1 });
    },
    accepts: (accessToken) => accessTokens.has(accessToken),
    endAccess: () => accessTokens.clear(),
    withdrawConsent: () => refreshTokens.clear(),
    async stop() {
      faults = [];
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
