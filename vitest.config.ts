import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/database-setup.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // A journey starts servers; a hung one must still end with its name in the report.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Most of a test's time is waiting for servers: two files at a time also where there are few cores.
    maxWorkers: 2,
  },
});
