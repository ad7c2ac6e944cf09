import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import type { MailAccount } from "../../core/settings.ts";
import { openTokens } from "../../mail/oauth/tokens.ts";
import { smtpPool } from "../../mail/smtp/pool.ts";
import { startTokenServer, type TokenServer } from "../sandbox/token-server.ts";

const DESK = "desk@hosho.example";
const ENVELOPE = { from: DESK, to: "suzuki@tone.example" };
const LETTER = Buffer.from("Subject: a\r\n\r\nhello\r\n");

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** `told`: 334 with the reason, then 535, as Gmail does; else 535 at once, as Microsoft does. A number is answered to all. */
type Refusal = "told" | "at-once" | number;

async function startSmtp(tokens: TokenServer, refusal: Refusal, authMethods: string[]) {
  const logins: { user: string | undefined; token: string | undefined; method: string }[] = [];
  let taken = 0;
  const onAuth: SMTPServerOptions["onAuth"] = (auth, _session, done) => {
    logins.push({ user: auth.username, token: auth.accessToken, method: auth.method });
    if (typeof refusal === "number") return done(Object.assign(new Error("no"), { responseCode: refusal }));
    if (auth.accessToken !== undefined && tokens.accepts(auth.accessToken)) return done(null, { user: DESK });
    if (refusal === "at-once") return done(Object.assign(new Error("5.7.3 no"), { responseCode: 535 }));
    done(null, { data: { status: "401", schemes: "bearer", scope: "mail" } });
  };
  const server = new SMTPServer({
    ...{ authMethods, onAuth, allowInsecureAuth: true, disabledCommands: ["STARTTLS"] },
    ...{ disableReverseLookup: true, closeTimeout: 1 },
    onData(stream, _session, done) {
      stream.resume();
      stream.on("end", () => {
        taken += 1;
        done();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port: (server.server.address() as AddressInfo).port, logins, taken: () => taken };
}

async function world(refusal: Refusal = "told", authMethods = ["XOAUTH2"]) {
  const server = await startTokenServer({ rotate: "keep-old" });
  ends.push(server.stop);
  const smtp = await startSmtp(server, refusal, authMethods);
  const oauth = {
    ...{ tokenUrl: server.url, clientId: server.clientId, clientSecret: server.clientSecret },
    ...{ refreshToken: server.refreshToken, scope: null },
  };
  const account: MailAccount = {
    ...{ host: "127.0.0.1", port: smtp.port, security: "none", user: DESK, password: null, oauth },
  };
  let kept: string | null = null;
  const keep = {
    load: async () => kept,
    save: async (refreshToken: string) => {
      kept = refreshToken;
    },
  };
  const tokens = openTokens({ account: "smtp", settings: oauth, keep, now: () => new Date().toISOString() });
  /** A pool of its own: every letter over a new connection. */
  const send = async (withTokens = true) => {
    const pool = smtpPool(account, withTokens ? { tokens } : {});
    const verdict = await pool.send(ENVELOPE, LETTER);
    pool.stop();
    return verdict;
  };
  return { server, smtp, tokens, send };
}

describe("an account without a password", () => {
  it("logs in with a token, one token for several connections", async () => {
    const { server, smtp, send } = await world();
    expect(await send()).toMatchObject({ outcome: "sent" });
    expect(await send()).toMatchObject({ outcome: "sent" });
    expect(smtp.logins).toEqual(
      [1, 2].map(() => ({ user: DESK, token: server.given[0], method: "XOAUTH2" })),
    );
    expect(server.requests).toHaveLength(1);
  });

  it("logs in with a token also where passwords are asked for first", async () => {
    const { smtp, send } = await world("told", ["PLAIN", "LOGIN", "XOAUTH2"]);
    expect(await send()).toMatchObject({ outcome: "sent" });
    expect(smtp.logins.map(({ method }) => method)).toEqual(["XOAUTH2"]);
  });

  it.each(["told", "at-once"] as const)(
    "gets a fresh token when the one at hand is refused: %s",
    async (refusal) => {
      const { server, smtp, send } = await world(refusal);
      await send();
      server.endAccess();
      expect(await send()).toMatchObject({ outcome: "sent" });
      expect(smtp.logins.map(({ token }) => token)).toEqual([
        server.given[0],
        server.given[0],
        server.given[1],
      ]);
      expect(smtp.taken()).toBe(2);
    },
  );

  it("gives up when the fresh token is refused too, and does not ask for another at each letter", async () => {
    const { server, smtp, send } = await world(535);
    for (const _ of [1, 2, 3])
      expect(await send()).toEqual({ outcome: "not_sent", detail: "connecting: EAUTH" });
    expect(server.requests).toHaveLength(2);
    expect(smtp.logins).toHaveLength(4);
  });

  it("keeps its token when the server only throttles", async () => {
    const { server, smtp, send } = await world(454);
    expect(await send()).toMatchObject({ outcome: "not_sent" });
    expect(smtp.logins).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  it("leaves the mail server alone when a person must consent anew, and says so without the token", async () => {
    const { server, smtp, send } = await world();
    server.withdrawConsent();
    expect(await send()).toEqual({ outcome: "not_sent", detail: "connecting: token_refused" });
    expect(smtp.logins).toEqual([]);
  });

  it("waits when the token server is out of reach", async () => {
    const { server, send } = await world();
    server.fail({ drop: true });
    expect(await send()).toEqual({ outcome: "not_sent", detail: "connecting: token_unreachable" });
  });

  it("never falls back on another way to log in", async () => {
    const { smtp, send } = await world("told", ["PLAIN", "XOAUTH2"]);
    expect(await send(false)).toEqual({ outcome: "not_sent", detail: "connecting: token_missing" });
    expect(smtp.logins).toEqual([]);
  });
});
