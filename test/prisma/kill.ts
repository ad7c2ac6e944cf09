import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts `program.ts`, waits until it holds a job, kills it hard. @returns the id of the job's letter. */
export async function holdAndKill(url: string | null, dataDir: string, contentKey: string): Promise<string> {
  const program = fileURLToPath(new URL("./program.ts", import.meta.url));
  const child = spawn(process.execPath, [program, url ?? "-", dataDir, contentKey], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const id = await Promise.race([
    heldJob(child.stdout),
    ended.then(() => Promise.reject(new Error("the program ended before it held a job"))),
  ]);
  child.kill("SIGKILL");
  await ended;
  return id;
}

async function heldJob(output: AsyncIterable<Buffer>): Promise<string> {
  let said = "";
  for await (const chunk of output) {
    said += chunk.toString("utf8");
    const id = said.match(/^holding (\S+)\n/m)?.[1];
    if (id !== undefined) return id;
  }
  throw new Error(`the program only said: ${said}`);
}
