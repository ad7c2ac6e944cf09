import { describe, expect, it } from "vitest";
import { crashTest, lastLine } from "./spawned.ts";

const PATIENCE_MS = 300_000;

/** A proof that cannot fail proves nothing: faults are planted, and have to be found. */
describe("the crash test finds", () => {
  it.concurrent("tables that take a letter or an answer twice", { timeout: PATIENCE_MS }, async () => {
    const { code, output } = await crashTest("--kills", "2", "--aim", "case opened", "--plant", "unique");
    expect(lastLine(output), output).toMatch(/answered twice [1-9]/);
    expect(code).toBe(1);
  });

  it.concurrent("a program that sends again what may have arrived", { timeout: PATIENCE_MS }, async () => {
    const { code, output } = await crashTest(
      ...["--kills", "2", "--aim", "SMTP: stored", "--plant", "no-ambiguous"],
    );
    expect(lastLine(output), output).toMatch(/answered twice [1-9].*unreconciled [1-9]/);
    expect(output).toContain("sent again although the journal held it");
    expect(code).toBe(1);
  });
});
