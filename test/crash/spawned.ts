import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { dovecotInstalled } from "../sandbox/dovecot.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));

/** `npm run crash-test` with these options. Without Dovecot on this machine the IMAP server in memory takes its place. */
export function crashTest(...options: string[]): Promise<{ code: number | null; output: string }> {
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

export function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}
