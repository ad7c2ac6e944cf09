import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSpan } from "../../core/desk/statistics.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { inForce, newCase } from "../prisma/samples.ts";
import { openScene, type Scene } from "./scene.ts";

describe("a span of time as staff type it", () => {
  it.each([
    ["2026-10", "2026-10-01", "2026-11-01"],
    ["２０２６－１０", "2026-10-01", "2026-11-01"],
    ["2026/2", "2026-02-01", "2026-03-01"],
    ["2026年12月", "2026-12-01", "2027-01-01"],
    ["令和8年10月", "2026-10-01", "2026-11-01"],
    ["2026", "2026-01-01", "2027-01-01"],
    ["令和8年", "2026-01-01", "2027-01-01"],
    ["令和8年度", "2026-04-01", "2027-04-01"],
    ["2026年度", "2026-04-01", "2027-04-01"],
    ["平成31年度", "2019-04-01", "2020-04-01"],
  ])("%s is from %s to before %s", (typed, from, until) => {
    expect(parseSpan(typed)).toEqual({ from, until });
  });

  it.each(["", "2026-13", "2026-0", "先月", "26", "令和8", "2026-10-01", "年度", "月", "9".repeat(50)])(
    "%s is none",
    (typed) => {
      expect(parseSpan(typed)).toBeNull();
    },
  );
});

/** 統計: what happened in a span, counted by the database. */
describe.each(["socket", "http"] as const)("statistics over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    await fill(scene);
  });
  afterAll(async () => {
    await scene.stop();
  });
  const ask = async (text: string, user = "U_REG") =>
    (await scene.slack.person(user).command("/hosho", text)).text;

  it("count a month by branch, product, orderer and medium, with amounts and the time to issue", async () => {
    const text = await ask("統計 2026-04");
    for (const line of [
      "統計：令和8年4月1日 ～ 令和8年4月30日",
      "申込み：14件（商品ごとに数えると 14件）",
      "発行：13件（保証金額 260,000,000円）",
      "謝絶：1件　取下：0件　解約：1件",
      "申込みから発行まで：中央値 24.0時間、9割が8.2日以内",
      "茨城支店：申込み 14件、発行 13件（260,000,000円）、謝絶 1件、取下 0件、解約 1件",
      "前払金保証：申込み 14件",
      "電子：申込み 14件",
      "■ 発注者別",
      "町01長：申込み 1件、発行 1件",
      "そのほか（4区分の合計）：申込み 4件、発行 3件（60,000,000円）",
    ])
      expect(text).toContain(line);
    expect(text.match(/町\d\d長：/g)).toHaveLength(10);
    expect(scene.slack.rejections).toEqual([]);
  });

  it("do not count the day after the span's last, nor the one before its first, in Tokyo", async () => {
    expect(await ask("統計 2026-05")).toContain("申込み：1件（商品ごとに数えると 1件）");
    expect(await ask("stats 2026-03")).toContain("この期間の記録はありません");
    expect(await ask("統計 令和8年度")).toContain("申込み：15件");
  });

  it("say what waits now, and refuse a span that cannot be read", async () => {
    const text = await ask("統計");
    expect(text).toContain("■ 現在、手続き中のもの\n受付：1件");
    expect(await ask("統計 先月")).toContain("期間として読み取れません");
    expect(await ask("統計 2026-04", "U_NONE")).toContain("役割を持つ方だけ");
  });
});

/** Fourteen cases of April 2026 from as many towns (13 issued, one of those cancelled, one declined), one of 1 May. */
async function fill({ desk, store }: Scene): Promise<void> {
  const opened = "2026-04-09T15:00:00.000Z";
  const hours = (count: number) => new Date(Date.parse(opened) + count * 3_600_000).toISOString();
  for (let n = 0; n < 15; n += 1) {
    const id = randomUUID();
    const town = `町${String(n).padStart(2, "0")}長`;
    // The last moment of April is 15:00 UTC.
    const openedAt = n === 14 ? "2026-04-30T15:00:00.000Z" : opened;
    const issued = inForce(id, `20800-${String(n).padStart(6, "0")}`);
    const guarantee =
      n === 14 ? bare(issued, "applied") : n === 13 ? bare(issued, "declined") : timed(issued, n, hours);
    const made = newCase(`case ${n}`, `A-9${String(n).padStart(5, "0")}`, [guarantee]);
    await store.transact(async (tx) => {
      await tx.insertCase({ ...made, openedAt, application: { ...made.application, ordererName: town } });
      if (n !== 13) return;
      const actor = { kind: "staff" as const, actor: { employee: "1001", name: "佐藤" } };
      const data = { guarantees: [{ id, kind: "advance_payment", status: "declined" }] };
      const entry = { at: hours(5), actor, action: "declined", caseId: made.id, guaranteeId: null };
      await tx.audit({ ...entry, cause: `command:${desk.newId()}`, data });
    });
  }
}

function bare({ id, kind, requested }: Guarantee, status: "applied" | "declined"): Guarantee {
  return status === "applied"
    ? { id, kind, requested, status }
    : { id, kind, requested, status, reason: "謝絶" };
}

/** Number 0 took 10 days, all others a day; number 1 was cancelled in April. */
function timed(guarantee: Guarantee, n: number, hours: (count: number) => string): Guarantee {
  if (guarantee.status !== "in_force") return guarantee;
  const issuedAt = hours(n < 2 ? 240 : 24);
  const certificates = guarantee.certificates.map((one) => ({ ...one, issuedAt, heldFrom: issuedAt }));
  const { change: _, ...rest } = guarantee;
  return n === 1
    ? { ...rest, certificates, status: "cancelled", on: "2026-04-30", reason: "契約の解除" }
    : { ...guarantee, certificates };
}
