import { afterEach, describe, expect, it } from "vitest";
import { connectImap, listUids, probeMailbox } from "../../mail/imap/connection.ts";
import { type Answer, startImapScript } from "../sandbox/imap-script.ts";
import { startMail } from "../sandbox/mail.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch, writeTo } from "./watched.ts";

/** What servers say at the door, and what it means. */

afterEach(endWatching);

async function scripted(answer: Answer, greeting?: string) {
  const server = await startImapScript(answer, greeting);
  atEnd(() => server.stop());
  const account = deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "secret-password" });
  return { server, account };
}
const isLogin = (command: string) => /^(LOGIN|AUTHENTICATE)/.test(command);

describe("a login that is refused", () => {
  it.each([
    ["NO [UNAVAILABLE] Temporary authentication failure", "throttled"],
    ["NO [LIMIT] Sessions exceeded", "throttled"],
    ["NO [INUSE] Mailbox is in use", "throttled"],
    ["NO [ALERT] Too many simultaneous connections. (Failure)", "throttled"],
    ["NO [AUTHENTICATIONFAILED] Invalid credentials, please try again", "authentication_failed"],
    ["NO LOGIN failed.", "authentication_failed"],
  ])("with %j is %s", async (answer, code) => {
    const { account } = await scripted((command) => (isLogin(command) ? answer : null));
    expect(await probeMailbox(account)).toBe(code);
  });

  it("because the server is full is no bad password, told at the greeting or after the login", async () => {
    const full = await scripted(() => null, "* BYE Too many connections from your address");
    expect(await probeMailbox(full.account)).toBe("throttled");
    const loose = await scripted((command) =>
      /^EXAMINE/.test(command) ? "BAD User is authenticated but not connected." : null,
    );
    expect(await probeMailbox(loose.account)).toBe("throttled");
  });

  it("for a while is waited out, said once each time, and nobody is sent to change a password", async () => {
    let refusals = 2;
    const { account } = await scripted((command) =>
      isLogin(command) && refusals-- > 0 ? "NO [UNAVAILABLE] Try again later" : null,
    );
    const timing = { throttledMinMs: 50, throttledMaxMs: 100 };
    const { watcher, lines, troubles, said } = watch(account, { timing });
    await eventually(() => expect(watcher.watching()).toBe(true));
    expect(said("mail server asks for patience")).toBe(2);
    expect(troubles).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain("secret-password");
  });

  it("for good is told once, and tried on slowly", async () => {
    const { account, server } = await scripted((command) => (isLogin(command) ? "NO no" : null));
    const { troubles } = watch(account, { timing: { refusedMinMs: 30, refusedMaxMs: 60 } });
    await eventually(() => expect(server.commands.filter(isLogin).length).toBeGreaterThan(2));
    expect(troubles).toEqual(["authentication_failed"]);
  });
});

describe("a login by token", () => {
  const good = Buffer.from(`user=${DESK}\x01auth=Bearer new\x01\x01`).toString("base64");
  const answer: Answer = (command, say) => {
    if (command === "CAPABILITY") {
      say("* CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2");
      return "OK done";
    }
    if (!isLogin(command)) return null;
    return command === `AUTHENTICATE XOAUTH2 ${good}` ? "OK welcome" : "NO [AUTHENTICATIONFAILED] expired";
  };

  it("that has run out asks for a new one and goes on", async () => {
    const { account } = await scripted(answer);
    const tokens = ["old", "new"];
    const refused: string[] = [];
    const { watcher, lines } = watch(account, {
      token: async () => tokens[refused.length] ?? "none",
      onTokenRefused: () => refused.push("told"),
      timing: { refusedMinMs: 30 },
    });
    await eventually(() => expect(watcher.watching()).toBe(true));
    expect(refused).toEqual(["told"]);
    expect(JSON.stringify(lines)).not.toContain("Bearer");
  });

  it("is tried by doctor as well", async () => {
    const { account } = await scripted(answer);
    expect(await probeMailbox(account, { token: async () => "new" })).toBeNull();
    expect(await probeMailbox(account, { token: async () => "old" })).toBe("authentication_failed");
  });

  it("is not blamed when the server only asks for patience", async () => {
    const { account } = await scripted((command, say) => {
      const usual = answer(command, say);
      return isLogin(command) ? "NO [UNAVAILABLE] busy" : usual;
    });
    let refused = 0;
    const access = { account, token: async () => "new", onTokenRefused: () => void refused++ };
    await expect(connectImap(access, { signal: new AbortController().signal })).rejects.toThrow("throttled");
    expect(refused).toBe(0);
  });
});

it("the UIDs of a mailbox can be listed for the daily count; a missing folder is left out", async () => {
  const world = await startMail({ users: [DESK, SENDER] });
  atEnd(() => world.remove());
  await writeTo(world)("one");
  await writeTo(world)("two");
  const account = deskOf(world.imap(DESK));
  const found = await listUids({ account }, ["INBOX", "Processed"]);
  expect(found).toEqual([
    { folder: "INBOX", mailbox: `${DESK}@127.0.0.1/INBOX`, uidValidity: expect.any(BigInt), uids: [1, 2] },
  ]);
});
