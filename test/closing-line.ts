import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends every run with one line that a machine can read: `N passed, N failed`. A skipped test proves nothing: in CI it
 * fails the run, elsewhere the last line says how many were skipped and why.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const ended = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = [...ended("skipped"), ...ended("pending")];
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const inCi = process.env.CI === "true";
    const failed = ended("failed").length + broken + (inCi ? skipped.length : 0);
    if (failed > 0) process.exitCode = 1;
    console.log(`${ended("passed").length} passed, ${failed} failed`);
    if (skipped.length === 0) return;
    // A test says why it is skipped in its name or in its note.
    const why = skipped.map((test) => {
      const result = test.result();
      return "note" in result && result.note ? `${test.fullName}: ${result.note}` : test.fullName;
    });
    if (inCi) console.error(`skipped in CI: ${why.join("; ")}`);
    else console.log(`${skipped.length} skipped: ${why.join("; ")}`);
  }
}
