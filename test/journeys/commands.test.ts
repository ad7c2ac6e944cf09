import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase, pastTriggers } from "../database.ts";
import { runProgram } from "./child.ts";
import { freePort, startWorld } from "./world.ts";

const sample = (name: string) => fileURLToPath(new URL(`../../prisma/samples/${name}.json`, import.meta.url));

describe("the command line", () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof freshDatabase>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hosho-commands-"));
    database = await freshDatabase();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await database.drop();
  });

  const run = async (...args: string[]) => {
    const program = runProgram(args, { DATABASE_URL: database.url, LOG_LEVEL: "info" });
    return { code: await program.ended, output: program.output() };
  };
  const file = async (name: string, content: unknown) => {
    const path = join(folder, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const check = (...args: string[]) => run("orderers", "check", sample("orderers"), ...args);

  it("explains itself, and every command does", async () => {
    const all = await run("--help");
    expect(all.code).toBe(0);
    for (const name of [
      "start",
      "bot",
      "mail",
      "read",
      "doctor",
      "migrate",
      "audit",
      "orderers",
      "contractors",
    ]) {
      expect(all.output).toContain(name);
      const one = await run(name, "--help");
      expect([one.code, one.output.includes(name)]).toEqual([0, true]);
    }
    const unknown = await run("strat");
    expect(unknown.code).toBe(1);
    expect(unknown.output).toContain("strat");
  });

  it("imports and exports the registries; what comes out goes in again", async () => {
    for (const name of ["orderers", "contractors"] as const) {
      expect((await run(name, "import", sample(name))).code).toBe(0);
      const exported = await run(name, "export");
      expect(exported.code).toBe(0);
      const again = await file(`${name}.json`, exported.output);
      expect((await run(name, "import", again)).code).toBe(0);
      expect((await run(name, "export")).output).toBe(exported.output);
    }
  });

  it("changes no row when one entry is wrong, and says where", async () => {
    const before = (await run("contractors", "export")).output;
    const good = { name: "新しい建設株式会社", address: "茨城県", representative: "代表 一", addresses: [] };
    const bad = await file("bad.json", [
      good,
      { ...good, name: "別の建設株式会社", addresses: ["not an address"] },
    ]);
    const refused = await run("contractors", "import", bad);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("1.addresses.0");
    const twice = await run("contractors", "import", await file("twice.json", [good, good]));
    expect(twice.code).toBe(1);
    expect((await run("contractors", "export")).output).toBe(before);
  });

  it("names a file that is missing or no JSON", async () => {
    expect(await run("orderers", "import", join(folder, "nothing.json"))).toMatchObject({
      code: 1,
      output: expect.stringContaining("ENOENT"),
    });
    expect((await run("orderers", "import", await file("text.json", "{"))).output).toContain("JSON");
    expect((await run("orderers", "import")).code).toBe(1);
  });

  it("asks the rules of a file without a database", async () => {
    const yes = await check(
      "--orderer",
      "富士市",
      "--product",
      "advance_payment",
      "--work",
      "works",
      "--contract-date",
      "2026-01-10",
    );
    expect(yes.code).toBe(0);
    expect(JSON.parse(yes.output)).toMatchObject({ answer: "yes", missing: [], rule: { basis: "contract" } });
    const no = await check(
      "--orderer",
      "富士市",
      "--product",
      "performance",
      "--work",
      "works",
      "--contract-date",
      "2025-11-13",
    );
    expect(JSON.parse(no.output).answer).toBe("no");
    const unknown = await check("--orderer", "富士市", "--product", "performance", "--work", "works");
    expect(JSON.parse(unknown.output)).toMatchObject({ answer: "unknown", missing: ["contractDate"] });
    expect(
      JSON.parse(
        (
          await check(
            "--orderer",
            "小谷村",
            "--product",
            "performance",
            "--work",
            "works",
            "--contract-date",
            "2026-04-01",
            "--approved",
          )
        ).output,
      ).answer,
    ).toBe("yes");
  });

  it.each([
    [["--product", "performance"], "--orderer"],
    [["--orderer", "無い町", "--product", "performance"], "無い町"],
    [["--orderer", "富士市", "--product", "bond"], "bond"],
    [["--orderer", "富士市", "--product", "performance", "--contract-date", "2026-02-30"], "2026-02-30"],
    [["--orderer", "富士市", "--product", "performance", "--colour", "red"], "colour"],
  ])("says what is wrong with %j", async (args, word) => {
    const refused = await check(...args);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(word);
    expect(refused.output).not.toContain("    at ");
  });

  it("says that the database cannot be reached, without its password", async () => {
    const program = runProgram(["migrate"], { DATABASE_URL: "postgresql://hosho:s3cret@127.0.0.1:1/hosho" });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain("データベースに接続できません");
    expect(program.output()).not.toContain("s3cret");
  });

  it("walks the audit log, and finds an entry that was altered", async () => {
    await run("contractors", "import", sample("contractors"));
    expect((await run("audit", "verify")).code).toBe(0);
    await pastTriggers(
      database.url,
      "UPDATE audit_entries SET action = 'nothing' WHERE serial = (SELECT min(serial) FROM audit_entries)",
    );
    const broken = await run("audit", "verify");
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(/監査記録の \d+ 番/);
    expect((await run("audit")).code).toBe(1);
  });

  it("migrates once", async () => {
    expect(await run("migrate")).toMatchObject({ code: 0 });
  });

  it("reads a letter without any setting, and says when it cannot open the file", async () => {
    const letter = fileURLToPath(new URL("../cases/application-tone/letter.eml", import.meta.url));
    const read = runProgram(["read", letter], {});
    expect(await read.ended).toBe(0);
    expect(JSON.parse(read.output())).toMatchObject({ kind: "application" });
    expect((await run("read", join(folder, "none.eml"))).code).toBe(1);
    expect((await run("read", await file("junk.eml", "\u0000\u0001 no letter at all"))).code).toBe(0);
  });

  it("doctor: a line for every part, all faults at once", async () => {
    const world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    try {
      const well = runProgram(["doctor"], world.env);
      expect([await well.ended, well.output()]).toEqual([0, expect.not.stringContaining("異常")]);
      expect(well.output().trim().split("\n").length).toBeGreaterThanOrEqual(7);
      await world.mail.stop();
      await world.slack.down();
      const ill = runProgram(["doctor"], { ...world.env, IMAP_PASSWORD: "wrong" });
      expect(await ill.ended).toBe(1);
      expect(ill.output().match(/異常/g)?.length).toBeGreaterThanOrEqual(3);
      expect(ill.output()).not.toContain(world.env.SMTP_PASSWORD ?? "loopback");
      const unset = runProgram(["doctor"], { DATABASE_URL: database.url });
      expect(await unset.ended).toBe(1);
      for (const name of ["IMAP_HOST", "SEAL_KEY", "STAFF_FILE"]) expect(unset.output()).toContain(name);
    } finally {
      await world.mail.start();
      await world.stop();
    }
  });

  it("tells its health on loopback: not ready without Slack, ready with it", {
    timeout: 60_000,
  }, async () => {
    const world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    const port = await freePort();
    await world.slack.down();
    const program = runProgram(["start"], { ...world.env, HEALTH_PORT: String(port), LOG_LEVEL: "info" });
    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        (r) => r.status,
        () => 0,
      );
    const until = async (path: string, status: number) => {
      for (const deadline = Date.now() + 20_000; (await ask(path)) !== status; ) {
        if (Date.now() > deadline) throw new Error(`${path} never answered ${status}: ${program.output()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    try {
      await until("/healthz", 200);
      expect(await ask("/readyz")).toBe(503);
      await world.slack.up();
      await until("/readyz", 200);
      await program.ready();
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).toMatch(/^hosho_part_ready\{part="slack"\} 1$/m);
      expect(metrics).toMatch(/^hosho_last_scan_age_seconds \d/m);
    } finally {
      await program.end();
      await world.stop();
    }
  });
});
