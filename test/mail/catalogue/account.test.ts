import { writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../../../core/config.ts";
import { startDesk } from "../../../main.ts";
import { CONTRACTOR, DESK } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { startImapScript } from "../../sandbox/imap-script.ts";
import { eventually } from "../watched.ts";
import { applicationFor, type CaseDesk, openCaseDesk, until } from "./fates.ts";

/** Cases 58 and 59: a mailbox that is full, an account that is throttled, a token that runs out. */

const QUOTA = `
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1M
  quota_grace = 0
}
`;
const FULL = "メールボックスの使用量が";

describe.runIf(dovecotInstalled())("a mailbox of one megabyte on Dovecot", () => {
  let desk: CaseDesk;
  beforeAll(async () => {
    desk = await openCaseDesk({ extra: QUOTA, waits: { quotaLookMs: 100, fileEveryMs: 200 } });
  });
  afterAll(() => desk?.stop());

  const large = (title: string) => ({
    ...applicationFor(title),
    attachments: [{ filename: "plan.bin", content: Buffer.alloc(680_000, 7) }],
  });

  it("case 58: a mailbox that fills up is told to staff once, before senders get their letters back", async () => {
    await eventually(() => expect(desk.told(FULL)).toBe(0));
    expect((await desk.fate(CONTRACTOR, large("町道五十八号線工事"))).state).toBe("answered");
    for (let start = 0; start < 2; start++) await desk.restart();
    await eventually(() => expect(desk.told(FULL)).toBe(1));
    await sleep(500);
    expect(desk.told(FULL)).toBe(1);
    // What staff were warned of.
    await expect(
      desk.mail.send(CONTRACTOR, { to: DESK, ...large("町道五十八の二号線工事") }),
    ).rejects.toThrow();
  }, 30_000);

  it("case 58: in a nearly full mailbox letters are answered and filed as ever", async () => {
    expect((await desk.fate(CONTRACTOR, applicationFor("町道五十八の三号線工事"))).state).toBe("answered");
    const filed = () => desk.mail.inbox(DESK, "Processed");
    await until("both letters to be filed", async () => ((await filed()).length === 2 ? true : null));
    expect(await desk.count(DESK)).toBe(0);
  }, 30_000);
});

/** Hands out tokens, each of which ends the one before: Dovecot knows the last one as this account's password. */
async function startTokens(file: string) {
  const given: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const token = `access-${given.length}-${"x".repeat(given.length + 8)}`;
      given.push(token);
      writeFileSync(file, `${DESK}:{PLAIN}${token}\n`);
      response.setHeader("content-type", "application/json");
      // Over at once, so that every connection needs one of its own.
      response.end(JSON.stringify({ token_type: "Bearer", access_token: token, expires_in: 1 }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return { given, url, stop: () => new Promise((resolve) => server.close(resolve)) };
}

describe.runIf(dovecotInstalled())("an account on Dovecot that is entered by token", () => {
  let desk: CaseDesk;
  let folder: string;
  let tokens: Awaited<ReturnType<typeof startTokens>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tokens-"));
    await chmod(folder, 0o755);
    const file = join(folder, "tokens");
    writeFileSync(file, "", { mode: 0o644 });
    tokens = await startTokens(file);
    const byToken = `passdb {\n  driver = passwd-file\n  args = scheme=PLAIN ${file}\n}\nauth_mechanisms = plain login xoauth2\n`;
    desk = await openCaseDesk({ extra: byToken });
    delete desk.world.env.IMAP_PASSWORD;
    await desk.restart({
      IMAP_OAUTH_TOKEN_URL: tokens.url,
      IMAP_OAUTH_CLIENT_ID: "desk",
      IMAP_OAUTH_REFRESH_TOKEN: "refresh",
    });
  });
  afterAll(async () => {
    await desk?.stop();
    await tokens?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("case 59: a token that has run out lets nobody in, and each connection is made with a fresh one", async () => {
    expect((await desk.fate(CONTRACTOR, applicationFor("町道五十九号線工事"))).state).toBe("answered");
    const before = tokens.given.length;
    const old = tokens.given.at(-1) ?? "";
    desk.mail.kick();
    await until("a new token to be asked for", () => (tokens.given.length > before ? true : null));
    expect((await desk.fate(CONTRACTOR, applicationFor("町道五十九の二号線工事"))).state).toBe("answered");
    const { host, port, user } = desk.mail.imap(DESK);
    const client = new ImapFlow({
      host,
      port,
      secure: false,
      doSTARTTLS: false,
      logger: false,
      auth: { user, accessToken: old },
    });
    client.on("error", () => {});
    await expect(client.connect()).rejects.toThrow();
    client.close();
    expect(desk.told("ログインが拒否されました")).toBe(0);
  }, 30_000);

  /** The same desk before a server that answers every login so, for some seconds. */
  async function before(refusal: string, look: (logins: () => number) => Promise<void>): Promise<void> {
    await desk.world.desk.stop();
    const server = await startImapScript((command, say) => {
      if (command === "CAPABILITY") {
        say("* CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2");
        return "OK done";
      }
      return isLogin(command) ? refusal : null;
    });
    const read = readSettings({ ...desk.world.env, IMAP_PORT: String(server.port) }, ["bot", "mail"]);
    if (!read.ok) throw new Error("settings");
    const running = await startDesk(read.settings, ["bot", "mail"]);
    const logins = () => server.commands.filter(isLogin).length;
    try {
      await until("a login", () => (logins() > 0 ? true : null));
      await sleep(SOME_SECONDS_MS);
      await look(logins);
      expect(running.ready()).toBe(false);
    } finally {
      await running.stop();
      await server.stop();
      await desk.world.restart();
    }
  }
  const isLogin = (command: string) => /^(LOGIN|AUTHENTICATE)/.test(command);
  /** A storm would bring many logins in this time; the pauses before a server that refuses are longer. */
  const SOME_SECONDS_MS = 1_500;

  it.each([
    "NO [UNAVAILABLE] Temporary authentication failure",
    "NO [LIMIT] Too many simultaneous connections",
  ])(
    "case 59: %s is no bad password: the server is left alone, nobody is told to change anything",
    async (refusal) => {
      const asked = tokens.given.length;
      await before(refusal, async (logins) => {
        expect(logins()).toBe(1);
        expect(desk.told("ログインが拒否されました")).toBe(0);
      });
      expect(tokens.given.length).toBeGreaterThan(asked);
    },
    30_000,
  );

  it("case 59: a login that is refused for good is told to staff once, and tried on slowly", async () => {
    await before("NO [AUTHENTICATIONFAILED] Invalid credentials", async (logins) => {
      expect(logins()).toBeLessThanOrEqual(2);
      expect(desk.told("ログインが拒否されました")).toBe(1);
    });
    // Once the server lets us in again everything goes on.
    expect((await desk.fate(CONTRACTOR, applicationFor("町道五十九の三号線工事"))).state).toBe("answered");
  }, 30_000);
});
