import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { dovecotInstalled } from "../sandbox/dovecot.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));

/** `npm run crash-test`, with fewer kills than by hand (`-- --kills 150`): about as many as fit into a minute and a half. */
const KILLS = 14;

/** Without Dovecot on this machine the IMAP server in memory takes its place. */
function crashTest(...options: string[]): Promise<{ code: number | null; output: string }> {
  const memory = dovecotInstalled() ? [] : ["--memory"];
  const child = spawn(process.execPath, [RUN, "--verbose", ...memory, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

const lastLine = (output: string) => output.trim().split("\n").at(-1) ?? "";

describe("the mail engine under hard kills", () => {
  it(`${KILLS} kills: nobody is lost, nobody is answered twice, everything is accounted for`, {
    timeout: 400_000,
  }, async () => {
    const { code, output } = await crashTest("--kills", String(KILLS), "--seed", "20");
    expect(lastLine(output), output).toMatch(
      /^crash test: kills 14, letters \d+, lost 0, answered twice 0, unreconciled 0$/,
    );
    expect(code, output).toBe(0);
  });

  it("finds a program that sends a half-sent letter again", { timeout: 200_000 }, async () => {
    const { code, output } = await crashTest("--kills", "2", "--aim", "SMTP: stored", "--plant", "resend");
    expect(lastLine(output), output).toMatch(/answered twice [1-9]/);
    expect(code).toBe(1);
  });

  it("finds tables that take a letter twice", { timeout: 200_000 }, async () => {
    const { code, output } = await crashTest("--kills", "2", "--aim", "case opened", "--plant", "duplicates");
    expect(lastLine(output), output).toMatch(/answered twice [1-9]/);
    expect(code).toBe(1);
  });
});
