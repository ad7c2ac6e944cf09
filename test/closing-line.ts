import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends every run with one line that a machine can read: `N passed, N failed`. A skipped test proves nothing: in CI it
 * fails the run, elsewhere it is named with its reason just before that line.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const ended = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = [...ended("skipped"), ...ended("pending")];
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    for (const test of skipped) {
      const result = test.result();
      console.log(`skipped: ${test.fullName} (${("note" in result && result.note) || "no reason given"})`);
    }
    const inCi = process.env.CI === "true";
    const failed = ended("failed").length + broken + (inCi ? skipped.length : 0);
    if (failed > 0) process.exitCode = 1;
    const tail = !inCi && skipped.length > 0 ? `, ${skipped.length} skipped` : "";
    console.log(`${ended("passed").length} passed, ${failed} failed${tail}`);
  }
}
