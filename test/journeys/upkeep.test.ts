import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { runProgram } from "./child.ts";
import { apply, ask, issue } from "./steps.ts";
import { CONTRACTOR, STRANGER, startWorld, TOWN, type World } from "./world.ts";

/** A desk over the years, as its operator sees it: reconciled, its key changed, a person's letters erased, examined. */
describe("an operator keeps the desk in order", { timeout: 60_000 }, () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let notices: { number: string; key: string }[];
  const [OLD, NEW, OTHER] = [1, 2, 3].map(() => randomBytes(32).toString("base64")) as [
    string,
    string,
    string,
  ];

  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, settings: { SEAL_KEY: OLD } });
    notices = await issue(world, await apply(world, "町道701号線改良工事"));
  }, 60_000);
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  const pair = () => `保証契約番号：${notices[0]?.number}\n認証キー：${notices[0]?.key}\n`;
  /** Only what the command needs. */
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const program = runProgram(args, { DATABASE_URL: database.url, ...env });
    return { code: await program.ended, output: program.output() };
  };
  const rows = async (sql: string) => {
    const db = await connectOnce(database.url);
    try {
      return (await db.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await db.end();
    }
  };

  it("reconciles by command while the desk runs: nothing is amiss", async () => {
    const { code, output } = await run(["reconcile"], world.env);
    expect(output).toContain("食い違いはありません");
    expect(output.match(/^0 件/gm)).toHaveLength(6);
    expect(code).toBe(0);
    expect(await rows("SELECT count(*)::int AS n FROM audit_entries WHERE action = 'reconciled'")).toEqual([
      { n: 1 },
    ]);
  });

  it("examines the desk: a line a part, hints that break nothing", async () => {
    const { code, output } = await run(["doctor"], world.env);
    expect(output).not.toContain("異常");
    expect(code).toBe(0);
    for (const part of [
      "設定",
      "書体",
      "データベース",
      "封印鍵",
      "仕事の状況",
      "IMAP",
      "SMTP",
      "DKIM",
      "Slack",
    ])
      expect(output).toContain(part);
    expect(output).toMatch(/参考　受信メール（IMAP）：.*MAIL_JOURNAL/);
  });

  it("is told that SEAL_KEY is wrong before a letter is lost to it", async () => {
    const { code, output } = await run(["doctor"], { ...world.env, SEAL_KEY: OTHER });
    expect(code).toBe(1);
    expect(output).toMatch(/異常　封印鍵（SEAL_KEY）：sealed_keys, .*letters/);
    expect(output).not.toContain(OTHER);
  });

  it("sees every fault of the servers although some settings are missing", async () => {
    const { SMTP_HOST: _, ...env } = world.env;
    const { code, output } = await run(["doctor"], {
      ...env,
      IMAP_PASSWORD: "wrong",
      MAIL_JOURNAL: "x",
      STAFF_FILE: "",
    });
    expect(code).toBe(1);
    expect(output).toMatch(/異常　設定：SMTP_HOST/);
    expect(output).toMatch(/異常　送信メール（SMTP）：設定に不備/);
    expect(output).toMatch(/異常　受信メール（IMAP）：ログインが拒否されました/);
    expect(output).toMatch(/良好　封印鍵/);
  });

  it("names what is wrong with the journal and with the DKIM key", async () => {
    const dkim = {
      MAIL_DKIM_DOMAIN: "elsewhere.example",
      MAIL_DKIM_SELECTOR: "s",
      MAIL_DKIM_KEY_FILE: "/nowhere.pem",
    };
    const { code, output } = await run(["doctor"], { ...world.env, ...dkim, MAIL_JOURNAL: "ない箱" });
    expect(code).toBe(1);
    expect(output).toMatch(
      /異常　受信メール（IMAP）：控えの受信箱 ない箱 を調べられません（journal_missing）/,
    );
    expect(output).toMatch(/異常　送信メールの署名（DKIM）：.*key_unreadable/);
  });

  it("does not start under a key that opens nothing of what is stored", async () => {
    const { code, output } = await run(["start"], { ...world.env, SEAL_KEY: OTHER });
    expect(output).toContain("いまの SEAL_KEY では開けません");
    expect(code).toBe(1);
  });

  it("changes SEAL_KEY without losing anything, the desk running", async () => {
    const env = { ...world.env, SEAL_KEY: NEW, SEAL_KEY_PREVIOUS: OLD };
    await world.desk.stop();
    Object.assign(world.env, env);
    await world.restart();
    expect((await run(["doctor"], env)).output).toMatch(/参考　封印鍵（SEAL_KEY）：.*hosho reseal/);
    const [resealed, asked] = await Promise.all([
      run(["reseal"], { SEAL_KEY: NEW, SEAL_KEY_PREVIOUS: OLD }),
      ask(world, TOWN, pair()),
    ]);
    expect(asked.answers[0]).toMatchObject({ outcome: "confirmed" });
    expect(resealed.output).toContain("すべて現在の SEAL_KEY で封印されています");
    expect(resealed.code).toBe(0);
    expect(resealed.output).not.toContain(notices[0]?.key ?? "no key");
    // The key of before is gone for good.
    await world.desk.stop();
    delete world.env.SEAL_KEY_PREVIOUS;
    await world.restart();
    const again = await ask(world, TOWN, pair());
    expect(again.answers[0]).toMatchObject({ outcome: "confirmed" });
    expect((await run(["doctor"], world.env)).output).toMatch(/良好　封印鍵/);
  });

  it("is refused a reseal under a key that opens nothing, and nothing is changed", async () => {
    const before = await rows(
      "SELECT md5(string_agg(sealed::text, '' ORDER BY guarantee_id)) FROM sealed_keys",
    );
    const { code, output } = await run(["reseal"], { SEAL_KEY: OTHER });
    expect(code).toBe(1);
    expect(output).toMatch(/sealed_keys の \d+ 件は、設定されているどの鍵でも開けません/);
    expect(
      await rows("SELECT md5(string_agg(sealed::text, '' ORDER BY guarantee_id)) FROM sealed_keys"),
    ).toEqual(before);
    expect(await run(["reseal"], { SEAL_KEY: "short" })).toMatchObject({
      code: 1,
      output: expect.stringContaining("SEAL_KEY"),
    });
  });

  it("erases a stranger's letters on request, keeps those of open cases, and writes no address down", async () => {
    await ask(world, STRANGER, `こんにちは。\n${pair()}`);
    const erased = await run(["letters", "erase", STRANGER]);
    expect(erased).toMatchObject({ code: 0, output: expect.stringContaining("2 通") });
    const left = await rows(
      `SELECT (SELECT count(*)::int FROM letters WHERE sender = '${STRANGER}' OR from_address = '${STRANGER}') AS letters,
       (SELECT count(*)::int FROM outbound_letters WHERE recipient = '${STRANGER}') AS outbound`,
    );
    expect(left).toEqual([{ letters: 0, outbound: 0 }]);
    await apply(world, "町道702号線改良工事");
    const kept = await run(["letters", "erase", CONTRACTOR]);
    expect(kept.output).toMatch(/進行中の案件に属する \d+ 通は残しました/);
    const log = JSON.stringify(await rows("SELECT * FROM audit_entries WHERE action = 'letters_erased'"));
    expect(log).toContain("addressHash");
    expect(log).not.toMatch(/elsewhere|suzuki/);
    expect((await run(["letters", "erase", "not an address"])).code).toBe(1);
    expect((await run(["audit", "verify"])).code).toBe(0);
  });
});
