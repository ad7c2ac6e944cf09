import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXPORT_FIELDS, exportGuarantees } from "../../core/desk/export.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { freshDatabase } from "../database.ts";
import { applied, awaiting, inForce, newCase } from "../prisma/samples.ts";
import { runProgram } from "./child.ts";

/** 保証契約情報ダウンロード: what was issued, as a sheet for Excel and as JSON, page by page. */
describe("the download of guarantee contract data", () => {
  const COUNT = 25;
  let fresh: Awaited<ReturnType<typeof freshDatabase>>;
  let database: Database;
  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await openDatabase({ url: fresh.url, dataDir: "" });
    const open = (n: number, guarantee: Guarantee) =>
      database.store.transact((tx) =>
        tx.insertCase(newCase(`case ${n}`, `A-${String(n).padStart(6, "0")}`, [guarantee])),
      );
    for (let n = 1; n <= COUNT; n += 1) await open(n, titled(n));
    await open(90, applied("not yet"));
    await open(91, awaiting("reserved", "20800-009999"));
    await database.store.transact((tx) => tx.saveKey("g1", Buffer.from("SECRETKEY123")));
  });
  afterAll(async () => {
    await database.close();
    await fresh.drop();
  });
  const run = async (...args: string[]) => {
    const program = runProgram(["guarantees", ...args], { DATABASE_URL: fresh.url, LOG_LEVEL: "info" });
    return { code: await program.ended, output: program.output() };
  };

  it("is a CSV that Excel opens as it is: byte order mark, CRLF, quoted line ends, no formula, never a key", async () => {
    const { code, output } = await run("export");
    expect(code).toBe(0);
    expect(output.startsWith("\uFEFF受付番号,保証契約番号,商品（保証区分）,")).toBe(true);
    const lines = output.split("\r\n");
    expect(lines).toHaveLength(COUNT + 2);
    expect(lines[1]).toContain("A-000001,20800-000001,前払金保証,電子,");
    expect(lines[1]).toContain("2026-04-10 10:02:03");
    expect(lines[2]).toContain("'=HYPERLINK");
    expect(lines[3]).toContain('"二行の\n""工事"""');
    expect(output).not.toMatch(/SECRETKEY|009999|not yet/);
  });

  it("is JSON with every field in order, amounts as numbers, the state as of today", async () => {
    const { code, output } = await run("export", "--format", "json");
    expect(code).toBe(0);
    const rows: Record<string, unknown>[] = JSON.parse(output);
    expect(rows).toHaveLength(COUNT);
    for (const row of rows) expect(Object.keys(row)).toEqual([...EXPORT_FIELDS]);
    expect(rows[0]).toMatchObject({ number: "20800-000001", guaranteedYen: 20_000_000, amendmentSerial: 0 });
    expect(rows[4]).toMatchObject({ status: "expired", guaranteeUntil: "2020-03-31" });
    expect(rows[5]).toMatchObject({ status: "cancelled", endedOn: "2026-05-01" });
  });

  it("comes in pages without losing or doubling one, whatever the size of a page", async () => {
    for (const page of [1, 7, COUNT, COUNT + 1]) {
      const numbers: unknown[] = [];
      for await (const row of exportGuarantees(database, "json", page)) numbers.push(row.number);
      expect(numbers).toEqual(
        Array.from({ length: COUNT }, (_, n) => `20800-${String(n + 1).padStart(6, "0")}`),
      );
    }
  });

  it("is noted in the audit log, and refuses what it does not know", async () => {
    const head = () => database.store.transact((tx) => tx.auditHead());
    const before = (await head())?.serial ?? 0;
    await run("export");
    expect((await head())?.serial).toBe(before + 1);
    for (const args of [
      ["export", "--format", "xml"],
      ["export", "all"],
    ])
      expect(await run(...args)).toMatchObject({
        code: 1,
        output: expect.stringContaining("csv または json"),
      });
    expect(await run("import")).toMatchObject({
      code: 1,
      output: expect.stringContaining("命令はありません"),
    });
    expect((await run("export", "--help")).output).toContain("guarantees export");
  });

  it("is an empty list before anything was issued", async () => {
    const empty = await freshDatabase();
    const program = runProgram(["guarantees", "export", "--format", "json"], { DATABASE_URL: empty.url });
    expect(await program.ended).toBe(0);
    expect(program.output()).toBe("[]\n");
    await empty.drop();
  });
});

function titled(n: number): Guarantee {
  const guarantee = inForce(`g${n}`, `20800-${String(n).padStart(6, "0")}`);
  if (guarantee.status !== "in_force") return guarantee;
  const titles: Record<number, string> = { 2: '=HYPERLINK("http://x")', 3: '二行の\n"工事"' };
  const certificates = guarantee.certificates.map((one) => ({
    ...one,
    content: {
      ...one.content,
      worksTitle: titles[n] ?? one.content.worksTitle,
      guaranteeUntil: n === 5 ? "2020-03-31" : one.content.guaranteeUntil,
    },
  }));
  const { change: _, ...rest } = guarantee;
  if (n !== 6) return { ...guarantee, certificates };
  return { ...rest, certificates, status: "cancelled", on: "2026-05-01", reason: "契約の解除" };
}
