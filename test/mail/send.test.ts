import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { retryDelayMs } from "../../mail/smtp/send.ts";
import { DESK, openOutbox, TO } from "./outbox.ts";

let box: Awaited<ReturnType<typeof openOutbox>>;
beforeAll(async () => {
  box = await openOutbox();
});
afterEach(() => box.reset());
afterAll(() => box.close());

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
    const letter = await box.put();
    await letter.run();
    expect(await letter.state()).toBe("sent");
    const [copy, ...more] = await letter.arrived();
    expect(more).toEqual([]);
    expect(copy?.raw.toString()).toContain("\r\n\r\n.hello\r\n");
    expect(await letter.told()).toMatchObject([
      { kind: "thread", content: { event: "letter_sent", to: TO } },
    ]);
  });

  it("is not sent again when its job comes twice", async () => {
    const letter = await box.put();
    await letter.run();
    await letter.run();
    expect(await letter.arrived()).toHaveLength(1);
  });

  it("shares a connection with the letters after it, and a lost idle connection costs nothing", async () => {
    for (const _ of [1, 2, 3]) {
      const letter = await box.put();
      await letter.run();
      expect(await letter.state()).toBe("sent");
    }
    await box.world.stop();
    await box.world.start();
    const after = await box.put();
    await after.run();
    expect(await after.state()).toBe("sent");
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
    const letter = await box.put();
    box.world.fail({ ...fault, from: DESK });
    await letter.run();
    expect(await letter.state()).toBe("pending");
    expect(await letter.retryAt()).toBe("2026-04-10T01:01:00.000Z");
    expect(await letter.told()).toEqual([]);
    box.world.heal();
    await letter.run();
    expect(await letter.state()).toBe("sent");
    expect(await letter.arrived()).toHaveLength(1);
  });

  it("waits when nobody answers at the server's port", async () => {
    const letter = await box.put();
    await letter.run(box.pool({ port: 9 }));
    expect(await letter.row()).toMatchObject({ state: "pending", detail: "connecting: ESOCKET" });
  });

  it("waits when our login is refused, and the password is told to nobody", async () => {
    const letter = await box.put();
    await letter.run(box.pool({ password: "not-the-password" }));
    expect(await letter.row()).toMatchObject({ state: "pending", detail: "connecting: EAUTH" });
    expect(JSON.stringify(await letter.row())).not.toContain("not-the-password");
  });

  it("waits when the line is cut in the middle of a long letter", async () => {
    const letter = await box.put({ letter: "x".repeat(70).concat("\r\n").repeat(300_000) });
    const cutter = await startCutter();
    await letter.run(box.pool({ port: cutter.port }));
    cutter.stop();
    expect(await letter.row()).toMatchObject({
      state: "pending",
      detail: expect.stringMatching(/^letter: /),
    });
  });

  it("goes to staff after two days", async () => {
    const letter = await box.put({ caseId: null });
    box.later(48 * 3_600_000);
    box.world.fail({ on: "refuse", code: 451, from: DESK });
    await letter.run();
    expect(await letter.state()).toBe("parked");
    expect(await letter.told()).toMatchObject([
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
    const letter = await box.put();
    box.world.fail({ ...fault, from: DESK });
    await letter.run();
    await letter.run();
    expect(await letter.state()).toBe(state);
    expect(await letter.told()).toMatchObject([
      { kind: "thread", content: { event: "letter_parked", reason } },
    ]);
  });
});
