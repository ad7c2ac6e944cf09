import { afterEach, describe, expect, it } from "vitest";
import type { OAuthSettings } from "../../core/settings.ts";
import { TokenFault } from "../../mail/oauth/request.ts";
import { openTokens, type TokenKeep } from "../../mail/oauth/tokens.ts";
import { startTokenServer, type TokenServer, type TokenServerOptions } from "../sandbox/token-server.ts";

const MINUTE = 60_000;
const servers: TokenServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** What is kept of one configured token, as the database keeps it; it outlives a process. */
function memory(): TokenKeep & { latest: string | null; broken: boolean } {
  return {
    latest: null,
    broken: false,
    async load() {
      if (this.broken) throw new Error("database away");
      return this.latest;
    },
    async save(refreshToken) {
      if (this.broken) throw new Error("database away");
      this.latest = refreshToken;
    },
  };
}

async function desk(options: TokenServerOptions = {}) {
  const server = await startTokenServer(options);
  servers.push(server);
  const keep = memory();
  let at = Date.parse("2026-04-10T01:00:00.000Z");
  /** A process that starts with these settings, and with what was kept before. */
  const start = (change: Partial<OAuthSettings> = {}, send?: typeof fetch) =>
    openTokens({
      account: "smtp",
      settings: {
        tokenUrl: server.url,
        clientId: server.clientId,
        clientSecret: server.clientSecret,
        refreshToken: server.refreshToken,
        scope: null,
        ...change,
      },
      keep,
      now: () => new Date(at).toISOString(),
      ...(send === undefined ? {} : { fetch: send }),
    });
  return {
    ...{ server, keep, start, tokens: start() },
    pass(ms: number) {
      at += ms;
    },
  };
}

async function faultOf(work: Promise<unknown>): Promise<TokenFault> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TokenFault)) throw new Error(`no TokenFault but ${String(error)}`);
  return error;
}

describe("an access token", () => {
  it("is asked for once and kept until minutes before its end", async () => {
    const { server, tokens, pass } = await desk();
    expect(tokens.expiresAt()).toBeNull();
    const first = await tokens.accessToken();
    expect(server.accepts(first)).toBe(true);
    expect(tokens.expiresAt()).toBe("2026-04-10T02:00:00.000Z");
    pass(54 * MINUTE);
    expect(await tokens.accessToken()).toBe(first);
    pass(MINUTE);
    const second = await tokens.accessToken();
    expect(second).not.toBe(first);
    expect(server.requests).toHaveLength(2);
    expect(tokens.expiresAt()).toBe("2026-04-10T02:55:00.000Z");
  });

  it("is asked for once by ten who need it together", async () => {
    const { server, tokens } = await desk();
    const all = await Promise.all(Array.from({ length: 10 }, () => tokens.accessToken()));
    expect(new Set(all).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  it("is asked for as RFC 6749 §6 says, secret and scope only when there are any", async () => {
    const { server, start } = await desk();
    const scope = "https://outlook.office.com/SMTP.Send offline_access";
    await start({ scope }).accessToken();
    await faultOf(start({ clientSecret: null }).accessToken());
    const form = {
      grant_type: "refresh_token",
      refresh_token: server.refreshToken,
      client_id: "desk-client",
    };
    expect(server.requests).toEqual([{ ...form, client_secret: server.clientSecret, scope }, form]);
  });

  it.each([
    ["a short life is used to its half", 120, 59_000, 61_000],
    ["a life told as text", "3600", 54 * MINUTE, 56 * MINUTE],
    ["a life not told is taken to be short", undefined, 4 * MINUTE, 6 * MINUTE],
  ])("%s", async (_, expiresIn, stillMs, renewedMs) => {
    const { tokens, pass } = await desk({ expiresIn });
    const first = await tokens.accessToken();
    pass(stillMs);
    expect(await tokens.accessToken()).toBe(first);
    pass(renewedMs - stillMs);
    expect(await tokens.accessToken()).not.toBe(first);
  });

  it("that still holds is used while its renewal fails", async () => {
    const { server, tokens, pass } = await desk();
    const first = await tokens.accessToken();
    server.fail({ status: 503, times: 9 });
    pass(56 * MINUTE);
    expect(await tokens.accessToken()).toBe(first);
    pass(5 * MINUTE);
    expect((await faultOf(tokens.accessToken())).code).toBe("token_unreachable");
  });

  it("that the mail server refuses is replaced, but not at every connection", async () => {
    const { server, tokens, pass } = await desk();
    const first = await tokens.accessToken();
    tokens.drop(first);
    const second = await tokens.accessToken();
    expect(second).not.toBe(first);
    tokens.drop(second);
    expect(await tokens.accessToken()).toBe(second);
    pass(2 * MINUTE);
    // A second connection comes late with its complaint about the first one.
    tokens.drop(first);
    expect(await tokens.accessToken()).toBe(second);
    tokens.drop(second);
    expect(await tokens.accessToken()).not.toBe(second);
    expect(server.requests).toHaveLength(3);
  });
});

describe("a refresh token that each grant replaces", () => {
  it("is kept for the next process", async () => {
    const { server, tokens, start, keep, pass } = await desk({ rotate: "strict" });
    await tokens.accessToken();
    pass(60 * MINUTE);
    await tokens.accessToken();
    expect(keep.latest).not.toBeNull();
    await start().accessToken();
    const used = server.requests.map((request) => request.refresh_token);
    expect(new Set(used).size).toBe(3);
    expect(used[0]).toBe(server.refreshToken);
  });

  it("is not lost while the database is away, and saved when it is back", async () => {
    const { tokens, keep, pass, start } = await desk({ rotate: "strict" });
    keep.broken = true;
    await tokens.accessToken();
    pass(60 * MINUTE);
    await tokens.accessToken();
    keep.broken = false;
    expect(keep.latest).toBeNull();
    pass(60 * MINUTE);
    await tokens.accessToken();
    expect(keep.latest).not.toBeNull();
    await start().accessToken();
  });

  it("is saved later also when no newer one comes", async () => {
    const { server, tokens, keep, pass } = await desk({ rotate: "strict" });
    keep.broken = true;
    await tokens.accessToken();
    keep.broken = false;
    pass(60 * MINUTE);
    server.fail({ body: '{"access_token":"x","token_type":"Bearer","expires_in":3600}' });
    await tokens.accessToken();
    expect(keep.latest).toBe(server.requests[1]?.refresh_token);
    expect(keep.latest).not.toBe(server.refreshToken);
  });

  it("was replaced by another process meanwhile: the newer one is used", async () => {
    const { tokens, start, pass, server } = await desk({ rotate: "strict" });
    const other = start();
    await tokens.accessToken();
    await other.accessToken();
    pass(60 * MINUTE);
    await tokens.accessToken();
    expect(server.given).toHaveLength(3);
  });

  it("falls back on the configured one when the kept one is refused", async () => {
    const { tokens, keep, server } = await desk();
    keep.latest = "kept-long-ago";
    await tokens.accessToken();
    expect(server.requests.map((request) => request.refresh_token)).toEqual([
      "kept-long-ago",
      server.refreshToken,
    ]);
  });
});

describe("no access token", () => {
  it.each([
    ["token_refused", "a withdrawn consent", { status: 400, body: '{"error":"invalid_grant"}' }],
    ["token_refused", "a wrong client secret", { status: 401, body: '{"error":"invalid_client"}' }],
    ["token_refused", "an error of its own make", { status: 403, body: '{"error":"my own"}' }],
    ["token_unreachable", "trouble of the server", { status: 500 }],
    [
      "token_unreachable",
      "trouble told with 400",
      { status: 400, body: '{"error":"temporarily_unavailable"}' },
    ],
    ["token_unreachable", "too many requests", { status: 429, headers: { "retry-after": "7" } }],
    ["token_unreachable", "a cut line", { drop: true }],
    ["token_malformed", "a web page", { body: "<html>sign in</html>" }],
    ["token_malformed", "a redirect", { status: 302, headers: { location: "http://127.0.0.1:9/" } }],
    [
      "token_malformed",
      "a huge answer",
      { body: `{"access_token":"x","token_type":"bearer","more":"${"x".repeat(10_000_000)}"}` },
    ],
    ["token_malformed", "another type of token", { body: '{"access_token":"x","token_type":"mac"}' }],
    [
      "token_malformed",
      "a token that ends a line",
      { body: '{"access_token":"x\\r\\nQUIT","token_type":"bearer"}' },
    ],
    [
      "token_malformed",
      "an endless token",
      { body: `{"access_token":"${"x".repeat(9000)}","token_type":"bearer"}` },
    ],
    ["token_malformed", "nothing at all", { body: "null" }],
  ] as const)("%s: %s", async (code, _, fault) => {
    const { server, tokens } = await desk();
    server.fail({ ...fault, times: 3 });
    const error = await faultOf(tokens.accessToken());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^smtp: token_[a-z]+ \([\w ,]+\)$/);
  });

  it("token_unreachable: an answer that does not come in time", async () => {
    const { start } = await desk();
    const impatient: typeof fetch = (url, init) => {
      // The bound that is set is shortened; that there is one is what counts.
      expect(init?.signal).toBeInstanceOf(AbortSignal);
      return fetch(url, { ...init, signal: AbortSignal.timeout(50) });
    };
    servers.at(-1)?.fail({ delayMs: 60_000 });
    const error = await faultOf(start({}, impatient).accessToken());
    expect([error.code, error.message]).toEqual(["token_unreachable", "smtp: token_unreachable (timeout)"]);
  });

  it("token_malformed: an address without TLS is never spoken to, but for this machine", async () => {
    const { start } = await desk();
    const nobody: typeof fetch = () => Promise.reject(new Error("asked"));
    const error = await faultOf(start({ tokenUrl: "http://login.example/token" }, nobody).accessToken());
    expect(error.message).toBe("smtp: token_malformed (insecure address)");
  });

  it("says what the operator must know, and neither token nor secret", async () => {
    const { server, tokens } = await desk();
    server.withdrawConsent();
    const error = await faultOf(tokens.accessToken());
    expect(error.message).toBe("smtp: token_refused (invalid_grant, AADSTS70008)");
    const shown = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    for (const hidden of [server.refreshToken, server.clientSecret]) expect(shown).not.toContain(hidden);
  });
});

describe("after a failure", () => {
  it("the server is left alone for as long as it asks, at most a quarter of an hour", async () => {
    const { server, tokens, pass } = await desk();
    const asked = async () => {
      await tokens.accessToken().catch(() => {});
      return server.requests.length;
    };
    server.fail({ status: 429, headers: { "retry-after": "120" } });
    expect(await asked()).toBe(1);
    pass(119_000);
    expect(await asked()).toBe(1);
    server.fail({ status: 503, headers: { "retry-after": "Fri, 10 Apr 2026 05:00:00 GMT" } });
    pass(2_000);
    expect(await asked()).toBe(2);
    pass(14 * MINUTE);
    expect(await asked()).toBe(2);
    pass(2 * MINUTE);
    expect(await asked()).toBe(3);
    expect(server.accepts(await tokens.accessToken())).toBe(true);
  });

  it("pauses grow without a word from the server, and end with the first success", async () => {
    const { server, tokens, pass } = await desk();
    server.fail({ status: 500, times: 5 });
    for (const seconds of [1, 2, 4, 8, 16]) {
      const before = server.requests.length;
      await faultOf(tokens.accessToken());
      await faultOf(tokens.accessToken());
      expect(server.requests.length - before).toBe(1);
      pass(seconds * 1000 + 1);
    }
    expect(server.accepts(await tokens.accessToken())).toBe(true);
  });

  it("a clock set back prolongs no pause", async () => {
    const { server, tokens, pass } = await desk();
    server.fail({ status: 500 });
    await faultOf(tokens.accessToken());
    pass(-24 * 60 * MINUTE);
    expect(server.accepts(await tokens.accessToken())).toBe(true);
  });
});
