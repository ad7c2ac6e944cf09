import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTRACTOR, STRANGER } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { applicationFor, type CaseDesk, openCaseDesk, rawLetter, until } from "./setting-b.ts";

describe.runIf(dovecotInstalled())("explore", () => {
  let desk: CaseDesk;
  beforeAll(async () => {
    desk = await openCaseDesk();
  });
  afterAll(() => desk?.stop());
  const parts = (n: number) =>
    Buffer.from(
      `From: ${STRANGER}\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(n)}--b--\r\n`,
    );
  const nested = (n: number) => {
    let s = `From: ${STRANGER}\r\nSubject: x\r\nMIME-Version: 1.0\r\n`;
    for (let i = 0; i < n; i++) s += `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`;
    return Buffer.from(`${s}\r\nhello\r\n`);
  };
  const head = (n: number) =>
    Buffer.from(`From: ${STRANGER}\r\nSubject: x\r\nX-L: ${`${"x".repeat(900)}\r\n `.repeat(n)}\r\n\r\nhello\r\n`);
  it.each([
    ["parts 20000", () => parts(20_000)],
    ["parts 3000", () => parts(3_000)],
    ["nested 300", () => nested(300)],
    ["nested 30", () => nested(30)],
    ["header 3MB", () => head(3300)],
    ["fields 40000", () => Buffer.from(`From: ${STRANGER}\r\n${"X-A: b\r\n".repeat(60000)}\r\nhello\r\n`)],
  ])("%s", async (_, make) => {
    const began = performance.now();
    const fate = await desk.fate(STRANGER, { raw: make() });
    console.log(_, fate, performance.now() - began);
  }, 60000);
  it("log", async () => {
    await desk.fate(CONTRACTOR, applicationFor("町道1号"));
    await desk.quiet();
    console.log(desk.mail.doveadm("log", "find"), await desk.count(CONTRACTOR));
  });
});
