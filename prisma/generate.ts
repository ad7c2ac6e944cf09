import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Makes the Prisma client out of schema.prisma (run by `postinstall`; needs no network).
 *
 * `prisma generate` works with the WebAssembly parts inside its package, yet its start-up looks for a native schema
 * engine and would download one. Naming any existing file as that engine keeps it offline; generating never runs it.
 */
const cli = fileURLToPath(import.meta.resolve("prisma/build/index.js"));
const schema = path.join(import.meta.dirname, "schema.prisma");

const run = spawnSync(process.execPath, [cli, "generate", "--schema", schema], {
  cwd: path.dirname(import.meta.dirname),
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: cli,
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
  },
  encoding: "utf8",
});

if (run.status !== 0) {
  process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}\n`);
  process.stderr.write(
    "The database client could not be generated from prisma/schema.prisma; see the lines above.\n",
  );
  process.exit(1);
}
