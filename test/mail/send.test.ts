import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SlackPost } from "../../core/announcements.ts";
import { sealerFromKey } from "../../core/seal.ts";
import type { DeliveryOutcome, OutboundRow } from "../../core/store.ts";
import { retryDelayMs, sendWork } from "../../mail/send.ts";
import { type SmtpPool, smtpPool } from "../../mail/smtp.ts";
import { startMail } from "../sandbox/mail.ts";
import type { LoopbackMail } from "../sandbox/mail-types.ts";

const DESK = "desk@hosho.example";
const TO = "suzuki@tone.example";
const NOW = "2026-04-10T01:00:00.000Z";
const sealer = sealerFromKey(randomBytes(32).toString("base64"));
const silent = { info() {}, warn() {}, error() {} };

let world: LoopbackMail;
let smtp: SmtpPool;
beforeAll(async () => {
  world = await startMail({ users: [DESK, TO] });
  smtp = pool();
});
afterEach(() => world.heal());
afterAll(async () => {
  smtp.stop();
  await world.remove();
});

function pool(change: { password?: string; port?: number } = {}): SmtpPool {
  return smtpPool({ ...world.smtp, security: "none", ...change });
}

/** One row of the outbox, claimed and settled as the store does it. */
function outbox(change: Partial<OutboundRow> & { letter?: string } = {}) {
  const { letter = "", ...rest } = change;
  const id = `letter-${randomBytes(4).toString("hex")}`;
  const bytes = Buffer.from(
    `Message-ID: <${id}@hosho.example>\r\nSubject: ${id}\r\nTo: ${TO}\r\n\r\n.hello\r\n${letter}`,
  );
  const row: OutboundRow = {
    ...{ id, caseId: "case-1", to: TO, template: "receipt", messageId: `<${id}@hosho.example>` },
    ...{ sealedBytes: sealer.seal(bytes), state: "pending", attempts: 0, createdAt: NOW, ...rest },
  };
  const outcomes: DeliveryOutcome[] = [];
  const told: SlackPost[] = [];
  const rows = {
    async claimLetter() {
      const before = { ...row };
      if (row.state === "pending") Object.assign(row, { state: "sending", attempts: row.attempts + 1 });
      return before;
    },
    async settleLetter(_: string, outcome: DeliveryOutcome) {
      row.state = outcome.state;
      outcomes.push(outcome);
    },
    async addSlack(post: SlackPost) {
      told.push(post);
    },
  };
  const run = (through = smtp) =>
    sendWork({
      store: { transact: (work) => work(rows) },
      sealer,
      smtp: through,
      now: () => NOW,
      from: DESK,
      log: silent,
    })(id);
  const arrived = async () => (await world.inbox(TO)).filter((one) => one.subject === id);
  return { row, outcomes, told, run, arrived, last: () => outcomes.at(-1) };
}

/** An SMTP server that hangs up once it has seen the beginning of a letter. */
async function startCutter(): Promise<{ port: number; stop(): void }> {
  const server = createServer((socket) => {
    let seen = 0;
    let inLetter = false;
    socket.on("error", () => {});
    socket.write("220 here\r\n");
    socket.on("data", (chunk) => {
      if (inLetter) {
        seen += chunk.length;
        if (seen > 100_000) socket.destroy();
        return;
      }
      for (const command of chunk.toString().trim().split("\r\n")) {
        inLetter = command === "DATA";
        socket.write(
          command.startsWith("EHLO")
            ? "250-here\r\n250 AUTH PLAIN\r\n"
            : command.startsWith("AUTH")
              ? "235 ok\r\n"
              : inLetter
                ? "354 go\r\n"
                : "250 ok\r\n",
        );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => server.close() };
}

describe("a letter the server takes", () => {
  it("arrives once, unaltered, and the case's thread hears of it", async () => {
    const box = outbox();
    await box.run();
    expect(box.row.state).toBe("sent");
    const [letter, ...more] = await box.arrived();
    expect(more).toEqual([]);
    expect(letter?.raw.toString()).toContain("\r\n\r\n.hello\r\n");
    expect(box.told).toMatchObject([{ kind: "thread", content: { event: "letter_sent", to: TO } }]);
  });

  it("is not sent again when its job comes twice", async () => {
    const box = outbox();
    await box.run();
    await box.run();
    expect(await box.arrived()).toHaveLength(1);
  });

  it("shares a connection with the letters after it, and a lost idle connection costs nothing", async () => {
    for (const _ of [1, 2, 3]) {
      const box = outbox();
      await box.run();
      expect(box.row.state).toBe("sent");
    }
    await world.stop();
    await world.start();
    const after = outbox();
    await after.run();
    expect(after.row.state).toBe("sent");
    expect(await after.arrived()).toHaveLength(1);
  });
});

describe("a letter that certainly did not leave", () => {
  it.each([
    ["the recipient is refused for now", { on: "refuse", code: 451 }],
    ["the letter is refused for now", { on: "refuse-data", code: 452 }],
    // Twice: an idle connection lost before the envelope is tried afresh at once.
    ["the line is cut before the recipient", { on: "drop-before-rcpt", times: 2 }],
    ["the line is cut before the letter", { on: "drop-in-data", times: 2 }],
  ] as const)("waits and goes later: %s", async (_, fault) => {
    const box = outbox();
    world.fail({ ...fault, from: DESK });
    await box.run();
    expect(box.last()).toMatchObject({ state: "pending", retryAt: "2026-04-10T01:01:00.000Z" });
    expect(box.told).toEqual([]);
    world.heal();
    await box.run();
    expect(box.row.state).toBe("sent");
    expect(await box.arrived()).toHaveLength(1);
  });

  it("waits when nobody answers at the server's port", async () => {
    const box = outbox();
    await box.run(pool({ port: 9 }));
    expect(box.last()).toMatchObject({ state: "pending", detail: "connecting: ESOCKET" });
  });

  it("waits when our login is refused, and the password is told to nobody", async () => {
    const box = outbox();
    await box.run(pool({ password: "not-the-password" }));
    expect(box.last()).toMatchObject({ state: "pending", detail: "connecting: EAUTH" });
    expect(JSON.stringify(box.outcomes)).not.toContain("not-the-password");
  });

  it("waits when the line is cut in the middle of a long letter", async () => {
    const box = outbox({ letter: "x".repeat(70).concat("\r\n").repeat(300_000) });
    const cutter = await startCutter();
    await box.run(pool({ port: cutter.port }));
    cutter.stop();
    expect(box.last()).toMatchObject({ state: "pending", detail: expect.stringMatching(/^letter: /) });
  });

  it("goes to staff after two days", async () => {
    const box = outbox({ createdAt: "2026-04-07T00:00:00.000Z", caseId: null });
    world.fail({ on: "refuse", code: 451, from: DESK });
    await box.run();
    expect(box.row.state).toBe("parked");
    expect(box.told).toMatchObject([
      { kind: "desk", content: { event: "letter_parked", reason: "gave_up" } },
    ]);
  });

  it("waits longer each time, from a minute to six hours", () => {
    const minutes = [0, 1, 2, 5, 20, 1000].map((attempts) => retryDelayMs(attempts) / 60_000);
    expect(minutes).toEqual([1, 2, 4, 32, 360, 360]);
  });
});

describe("a letter that a person must look at", () => {
  it.each([
    [
      "the server refuses the recipient for good",
      { on: "refuse", code: 550 },
      "refused",
      "refused_by_server",
    ],
    [
      "the server refuses the letter for good",
      { on: "refuse-data", code: 554 },
      "refused",
      "refused_by_server",
    ],
    [
      "the line is cut after the final dot",
      { on: "drop-after-dot" },
      "parked",
      "connection_lost_while_sending",
    ],
  ] as const)("%s", async (_, fault, state, reason) => {
    const box = outbox();
    world.fail({ ...fault, from: DESK });
    await box.run();
    await box.run();
    expect(box.row.state).toBe(state);
    expect(box.told).toMatchObject([{ kind: "thread", content: { event: "letter_parked", reason } }]);
  });

  it("never goes out again when it was found interrupted", async () => {
    const box = outbox({ state: "sending", attempts: 1 });
    await box.run();
    expect(box.row.state).toBe("parked");
    expect(box.told).toMatchObject([
      { content: { event: "letter_parked", reason: "interrupted_while_sending" } },
    ]);
    expect(await box.arrived()).toEqual([]);
  });
});
