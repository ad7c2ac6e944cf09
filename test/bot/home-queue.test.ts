import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { homeBlocks } from "../../bot/blocks/home.ts";
import { sayIn } from "../../bot/words.ts";
import { HOME_LIST_MAX, type HomeFacts } from "../../core/desk/home.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { completeTask } from "../../core/desk/tasks.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import type { StaffMember } from "../../core/policy.ts";
import type { RegistryChange } from "../../core/rows/registry.ts";
import { application } from "../desk/application.ts";
import { judgeView } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { View } from "../sandbox/slack/types.ts";
import { lifeScene } from "./life-scene.ts";
import { openScene, type Scene, words } from "./scene.ts";
import { AT, caseIn, textOf } from "./screen-samples.ts";

const say = sayIn(words);
const BOTH: StaffMember = {
  ...{ slack: "U_BOTH", employee: "1003", name: "高橋 次郎", branch: null },
  roles: ["clerk", "approver", "registrar"],
};
const CLERK: StaffMember = { ...BOTH, employee: "1001", name: "佐藤 一郎", roles: ["clerk"] };
const AUDITOR: StaffMember = { ...BOTH, employee: "1009", roles: ["auditor"] };

/** Every list as long as it gets, one more than is shown. */
function facts(length: number, rows: number): HomeFacts {
  const many = <T>(make: (n: number) => T) => Array.from({ length: rows }, (_, n) => make(n));
  const named = (state: Parameters<typeof caseIn>[0], n: number) => ({
    ...{
      ...caseIn(state, length),
      id: `00000000-0000-4000-8000-00000000000${n}`,
      receiptNumber: `A-00000${n}`,
    },
  });
  const post = {
    task: "post_certificate" as const,
    guaranteeId: "g",
    kind: "performance" as const,
    since: AT,
  };
  const change = (n: number): RegistryChange => ({
    ...{ id: `r${n}`, registry: "contractor", subject: "s", version: 1, entryId: null, contentHash: "h" },
    content: {
      ...{ kind: "contractor", before: null },
      after: {
        ...{ name: textOf(length), address: textOf(length), representative: "利根 太郎" },
        ...{ addresses: [], lumpFee: false, branch: null },
      },
    },
    ...{ maker: { employee: "1001", name: "佐藤 一郎" }, proposedAt: AT, state: "open" },
    ...{ checker: null, decidedAt: null, reason: null, approvals: 2 },
  });
  return {
    mine: many((n) => named("applied", n)),
    approvals: many((n) => named("awaiting_approval", n)),
    posts: many((n) => ({ ...named("in_force", n), tasks: [{ ...post, id: `t${n}`, done: null }] })),
    expiring: many((n) => named("in_force", n)),
    registry: many(change),
    counts: { parkedIn: 3, parkedOut: 2, unsure: 1, received: 12, issued: 8, declined: 1 },
    month: "2026-04-01",
  };
}
const drawn = (of: HomeFacts, by: StaffMember) => ({
  ...{ type: "home" as const, blocks: homeBlocks(of, { by, approvals: 2, now: AT }, say) },
});

describe("the home tab as the queue of one person", () => {
  it("stays within Slack's limits however much waits and however long it is", () => {
    for (const length of [1, 61, 3001]) {
      const view = drawn(facts(length, HOME_LIST_MAX + 1), BOTH);
      expect(judgeView({ ...view })).toBeNull();
      expect(view.blocks.length).toBeLessThanOrEqual(100);
      for (const words of ["待ち時間の長い順に10件", "古い順に10件", "保証期限の早い順に10件"])
        expect(readable(view)).toContain(words);
    }
  });

  it("looks like this, full and empty", () => {
    expect(drawn(facts(20, 1), BOTH)).toMatchSnapshot();
    const none = { mine: [], approvals: [], posts: [], expiring: [], registry: [] };
    const counts = { parkedIn: 0, parkedOut: 0, unsure: 0, received: 0, issued: 0, declined: 0 };
    expect(drawn({ ...facts(20, 0), ...none, counts }, BOTH)).toMatchSnapshot();
  });

  it("offers nobody what is not theirs to do", () => {
    const auditor = readable(drawn(facts(20, 1), AUDITOR));
    for (const word of ["引受]", "承認する", "郵送済み]", "復旧", "新規"])
      expect(auditor).not.toContain(word);
    const maker = { ...BOTH, employee: "1001" };
    expect(readable(drawn(facts(20, 1), maker))).not.toContain("[承認する]");
    expect(readable(drawn(facts(20, 1), BOTH))).toContain("[承認する]");
  });
});

describe.each(["socket", "http"] as const)("the home tab of a working desk over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const home = async (user: string): Promise<View> => {
    const view = await scene.slack.person(user).openHome();
    if (view === undefined) throw new Error("no home tab");
    return view;
  };
  const part = (view: View, from: string, until: string): string => {
    const text = readable(view);
    return text.slice(text.indexOf(`\n${from}\n`), text.indexOf(`\n${until}\n`));
  };
  const rowOf = (list: string, receiptNumber: string): string => {
    const begun = list.slice(list.indexOf(receiptNumber));
    return begun.slice(0, begun.indexOf("[詳細]"));
  };
  /** Cases that nobody here can go on with, put straight into the store. */
  const waitingElsewhere = (count: number) =>
    scene.store.transact(async (tx) => {
      for (let n = 0; n < count; n++) {
        const asked = application();
        const guarantees = asked.guarantees.map((one): Guarantee => {
          return { id: randomUUID(), kind: one.kind, requested: one, status: "returned", reason: "工期" };
        });
        await tx.insertCase({
          ...{
            id: randomUUID(),
            receiptNumber: await tx.nextReceiptNumber(),
            openedAt: "2026-01-01T00:00:00.000Z",
          },
          ...{ origin: "phone", letterId: null, senderAddress: "a@b.example", trust: "other", guarantees },
          ...{ application: asked, problems: [], checks: [], ordererId: null, contractorId: null },
        });
      }
    });

  it("finds my work behind any number of older cases that wait for somebody else", async () => {
    await waitingElsewhere(60);
    const { receiptNumber } = await scene.openCase();
    const listed = await scene.slack.person("U_CLERK").command("/hosho", "");
    expect(listed.text).toContain(receiptNumber);
    expect(listed.text).toContain("[引受]");
    expect((await scene.slack.person("U_CLERK").command("/hosho", "差戻")).text).toContain(receiptNumber);
    expect(part(await home("U_CLERK"), "あなたの対応を待つ案件", "承認待ち")).toContain(receiptNumber);
    expect((await scene.slack.person("U_CLERK").command("/hosho", "発行")).text).toContain(
      "対象になる案件はありません",
    );
  });

  it("shows what waits for a checker, with the button for whoever did not ask", async () => {
    const life = lifeScene(scene);
    const one = await life.asked();
    const boss = part(await home("U_BOSS"), "承認待ち", "郵送するもの");
    expect(boss).toContain(one.receiptNumber);
    expect(boss).toContain("[承認する]");
    const clerk = part(await home("U_CLERK"), "承認待ち", "郵送するもの");
    expect(clerk).toContain(one.receiptNumber);
    expect(clerk).not.toContain("[承認する]");
    expect((await life.command("U_BOSS", "")).text).toContain(one.receiptNumber);
    expect((await life.command("U_BOSS", "承認")).text).toContain(one.receiptNumber);
  });

  it("leaves what somebody asked for himself to another", async () => {
    const life = lifeScene(scene);
    const one = await life.paid();
    await life.does("U_BOTH", `発行 ${one.receiptNumber}`, { 内容の確認: true });
    for (const { id } of (await life.found(one.id)).tasks.slice(1)) await completeTask(scene.desk, CLERK, id);
    // The receipt has still to be posted: that he may do.
    expect(rowOf((await life.command("U_BOTH", "")).text, one.receiptNumber)).not.toContain("[承認する]");
    expect(rowOf((await life.command("U_BOSS", "")).text, one.receiptNumber)).toContain("[承認する]");
    for (const { id } of (await life.found(one.id)).tasks) await completeTask(scene.desk, CLERK, id);
    expect((await life.command("U_BOTH", "")).text).not.toContain(one.receiptNumber);
    expect((await life.command("U_BOSS", "")).text).toContain(one.receiptNumber);
  });

  it("finds a change that waits for its checker among all that is in force", async () => {
    const life = lifeScene(scene);
    const one = await life.issued();
    const { guarantees, version } = await life.found(one.id);
    const on = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    const asked = await requestChange(
      scene.desk,
      CLERK,
      { caseId: one.id, only: null },
      {
        ...{ expectedVersion: version, change: "cancel" },
        proposals: guarantees.map(({ id }) => ({
          guaranteeId: id,
          proposed: { change: "cancel", on, reason: "工事の中止" },
        })),
      },
    );
    expect(asked.ok).toBe(true);
    const listed = (await life.command("U_BOSS", "")).text;
    expect(listed).toContain(one.receiptNumber);
    expect(listed).toContain("発行済（解約の承認待ち）");
    expect(part(await home("U_BOSS"), "承認待ち", "郵送するもの")).toContain(one.receiptNumber);
    for (const word of ["承認", "差戻", "変更", "再送"])
      expect((await life.command("U_BOSS", word)).text).toContain(one.receiptNumber);
    for (const word of ["変更取消", "謝絶"])
      expect((await life.command("U_BOSS", word)).text).not.toContain(one.receiptNumber);
  });

  it("counts letters that wait, and among them those that may have arrived", async () => {
    const life = lifeScene(scene);
    await life.query(
      `INSERT INTO outbound_letters (id, cause, template, recipient, envelope_from, message_id, subject, state,
        created_at, changed_at, detail, doubt_since, sealed_bytes)
      SELECT 'o' || n, 'x' || n, 'receipt', 'a@b.example', 'd@b.example', 'm' || n, '-', state, now(), now(), detail,
        CASE WHEN state = 'ambiguous' THEN now() END, '\\x00'
      FROM (VALUES (1, 'parked', 'gave_up: 421'), (2, 'parked', 'journal_unproven'), (3, 'refused', '550 no'),
        (4, 'ambiguous', NULL), (5, 'parked', NULL)) AS made (n, state, detail)`,
    );
    expect(readable(await home("U_CLERK"))).toContain("受信 0件　送信 4件　（届いたか不明の送信 3件）");
  });

  it("has posts with a button each, and is brought up to date by it", async () => {
    const life = lifeScene(scene);
    const one = await life.issued();
    const person = scene.slack.person("U_CLERK");
    const view = await home("U_CLERK");
    expect(part(view, "郵送するもの", "60日以内に保証期限を迎える保証契約")).toContain(one.receiptNumber);
    const before = (readable(view).match(/\[郵送済み\]/g) ?? []).length;
    const done = await life.query("SELECT id FROM staff_tasks WHERE done_at IS NOT NULL");
    const seen = await person.click(view, "郵送済み", { index: 0 });
    expect(seen.ok).toBe(true);
    await scene.slack.waitFor(
      () => (readable(person.home() ?? { blocks: [] }).match(/\[郵送済み\]/g) ?? []).length === before - 1,
    );
    const now = await life.query("SELECT id FROM staff_tasks WHERE done_at IS NOT NULL");
    expect(now.length - done.length).toBe(1);
  });

  it("shows what ends within 60 days, counts the month, and leads to the lists", async () => {
    const life = lifeScene(scene);
    const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    await life.query(
      `UPDATE guarantees SET until = '${soon}' WHERE id IN (SELECT id FROM guarantees WHERE status = 'in_force' LIMIT 1)`,
    );
    const tab = await home("U_BOTH");
    expect(readable(tab)).toContain("60日以内に保証期限を迎える保証契約");
    expect(readable(tab)).toMatch(/受付 \d+件　発行 [1-9]\d*件/);
    const listed = await scene.slack.person("U_BOTH").click(tab, "一覧");
    expect(listed.ok).toBe(true);
    await scene.slack.waitFor(() =>
      scene.slack.messages("D_U_BOTH").some((m) => readable(m).includes("進行中の案件")),
    );
  });

  it("tells who has no role so, and strangers nothing", async () => {
    expect(readable(await home("U_NONE"))).toBe(words.sentence("slack", "home.noRole"));
    expect(readable(await home("U_STRANGER"))).toBe(words.sentence("refusals", "not_staff"));
  });
});
