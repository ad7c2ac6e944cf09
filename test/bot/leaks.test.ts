import { readFileSync, writeFileSync } from "node:fs";
import { extractText, getDocumentProxy } from "unpdf";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { exportGuarantees } from "../../core/desk/export.ts";
import { requested } from "../desk/application.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Message } from "../sandbox/slack/types.ts";
import { type LifeCase, type LifeScene, lifeScene } from "./life-scene.ts";
import { registryScene } from "./registry-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** What must stay out of a channel, the log and the database is looked for there after everything has happened. */

const PHONE = "0297-11-2222";
const WISHED = "keiri@tone-kensetsu.example";
const REGISTERED = "shin-tantou@tone-kensetsu.example";
const AMOUNT = /[\d,]{5,}円|万円/;

let scene: Scene;
let life: LifeScene;
let one: LifeCase;
let keys: string[];

async function keysOf({ id }: LifeCase): Promise<string[]> {
  const ids = (await life.found(id)).guarantees.map((g) => g.id);
  const sealed = await scene.store.transact((tx) => tx.sealedKeys(ids));
  return [...sealed.values()].map((bytes) => new TextDecoder().decode(scene.desk.sealer.unseal(bytes)));
}

/** Every deed once, by people who paste the key wherever they may write. */
async function everything(key: string): Promise<void> {
  const { receiptNumber: number } = one;
  const spaced = key.replace(/(.{4})(?=.)/g, "$1-");
  const wide = key.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
  await review({ 連絡先の電話番号: PHONE, お知らせの送り先: WISHED });
  const amend = {
    工期の終期: "2027-04-30",
    前払金保証の保証期限: "2027-04-30",
    契約保証の保証期限: "2027-04-30",
  };
  await life.does("U_CLERK", `変更 ${number}`, {
    ...amend,
    変更の理由: `キー ${key} のとおり`,
    保証料の確認: true,
  });
  await life.does("U_BOTH", `差戻 ${number}`, { reason: `キーは ${wide} です` });
  await life.does("U_CLERK", `変更 ${number}`, { ...amend, 変更の理由: "工期延長", 保証料の確認: true });
  await life.approve("U_BOSS", one);
  await life.drawn(one);
  await life.does("U_CLERK", `再送 ${number}`, {
    送り先: "suzuki@tone-kensetsu.example",
    reason: `${spaced} が届かない`,
  });
  await life.does("U_CLERK", `変更 ${number}`, {
    請負金額: "51,000,000円",
    変更の理由: `${key}の件`,
    保証料の確認: true,
  });
  await life.does("U_CLERK", `変更取消 ${number}`, { 変更取消の理由: "誤り" });
  await life.approve("U_BOSS", one);
  await life.does("U_CLERK", `解約 ${number}`, { 解約の理由: `解除 ${spaced}` });
  await life.approve("U_BOSS", one);
  for (const [verb, reason] of [
    ["差戻", key],
    ["謝絶", spaced],
    ["取下", wide],
  ] as const) {
    const another = await scene.openCase({ guarantees: [requested("performance", 5_000_000)] });
    await life.does("U_CLERK", `${verb} ${another.receiptNumber}`, { reason: `理由 ${reason}` });
  }
  await registryChange();
  for (const text of [
    `検索 ${key}`,
    `${key}`,
    `詳細 ${key}`,
    `照会 ${key}`,
    `監査 ${number}`,
    `詳細 ${number}`,
    "統計",
    "一覧",
    "復旧",
  ])
    await life.command("U_CLERK", text);
  await scene.slack.person("U_CLERK").openHome();
}

async function review(values: Record<string, string>): Promise<void> {
  const seen = await life.does("U_CLERK", `審査 ${one.receiptNumber}`, values);
  expect(seen.errors).toEqual([]);
}

/** One person proposes an address, the other one turns it down with it in his words, and then takes it. */
async function registryChange(): Promise<void> {
  const staff = readFileSync(scene.staffFile, "utf8");
  const at = registryScene(scene);
  const addresses = { メールアドレス: `suzuki@tone-kensetsu.example\n${REGISTERED}` };
  await at.propose("U_REG", "利根建設", addresses);
  const first = await at.told("メールアドレスを含む登録内容の変更を申請しました");
  const modal = at.opened(await at.person("U_BOSS").click(first, "却下"));
  await at.person("U_BOSS").submit(modal, { 却下の理由: `${REGISTERED} は確認できません。${keys[1]} も` });
  await at.told("却下しました");
  await at.propose("U_BOTH", "利根建設", addresses);
  const second = await at.told("高橋 次郎さんが");
  await at.confirm("U_BOSS", second);
  await at.told("変更を確認し");
  writeFileSync(scene.staffFile, staff);
}

/** As somebody would find a key who looks for it: without width, case, spaces and dashes. */
const bare = (text: string) =>
  text
    .normalize("NFKC")
    .replace(/[^A-Za-z0-9]/g, "")
    .toUpperCase();
function keyIn(text: string): string | undefined {
  const searched = bare(text);
  return keys.find((key) => searched.includes(bare(key)));
}

const inChannels = (): Message[] => {
  const roots = scene.slack.messages();
  return roots.flatMap(({ channel, ts }) => scene.slack.thread(channel, ts));
};

/** Bytes are hexadecimal in JSON (`\\x…`): twelve characters of that may be anything. */
function unsealed(row: string): string {
  return row.replace(/\\\\x[0-9a-f]*/g, "").replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}/g, "");
}

describe.each(["socket", "http"] as const)("over %s", (mode) => {
  beforeAll(async () => {
    scene = await openScene({ mode });
    life = lifeScene(scene);
    const contact = { department: null, title: null, name: "利根 花子", phone: null };
    one = await life.issued({ contact });
    keys = await keysOf(one);
    await everything(keys[0] ?? "");
    await vi.waitFor(
      async () => {
        const waiting = await life.query("SELECT id FROM slack_messages WHERE state = 'pending' OR stale");
        if (waiting.length > 0) throw new Error(`${waiting.length} messages wait`);
      },
      { timeout: 20_000, interval: 100 },
    );
  }, 60_000);
  afterAll(() => scene.stop());

  describe("an authentication key", () => {
    it("is there to be found, and is found where it may be", () => {
      expect(keys).toHaveLength(2);
      expect(keyIn(`x${keys[0]?.toLowerCase()}x`)).toBe(keys[0]);
      expect(inChannels().length).toBeGreaterThan(15);
    });

    it("stands in nothing that the desk said in Slack: channel, thread, home, modal, message to one person", () => {
      for (const { method, args } of scene.slack.calls)
        expect([method, keyIn(JSON.stringify(args))]).toEqual([method, undefined]);
      for (const { id } of scene.slack.people())
        for (const seen of scene.slack.ephemerals(id))
          expect(keyIn(JSON.stringify([seen.text, seen.blocks]))).toBeUndefined();
      for (const { text, blocks, metadata } of inChannels())
        expect(keyIn(JSON.stringify([text, blocks, metadata]))).toBeUndefined();
    });

    it("stands in no file that was put there, and no notice is among them", async () => {
      const files = scene.slack.files();
      expect(files.length).toBeGreaterThanOrEqual(4);
      for (const { name, title, bytes } of files) {
        expect(name).toMatch(/^保証証書_/);
        const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), {
          mergePages: true,
        });
        expect([name, keyIn(name + title + text), keyIn(bytes.toString("latin1"))]).toEqual([
          name,
          undefined,
          undefined,
        ]);
      }
    });

    it("stands in no line of the log, at any level", () => {
      expect(keyIn(JSON.stringify(scene.logged))).toBeUndefined();
    });

    it("stands in the clear in no table: not in the audit log, an outbox, a request or a reason", async () => {
      const tables = await life.query<{ name: string }>(
        "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
      );
      expect(tables.length).toBeGreaterThan(15);
      for (const { name } of tables) {
        const rows = await life.query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`);
        const found = rows.find(({ row }) => keyIn(unsealed(row)) !== undefined);
        expect([name, found]).toEqual([name, undefined]);
      }
    });

    it("is no part of what is exported", async () => {
      const rows: unknown[] = [];
      for await (const row of exportGuarantees(scene.desk, "json")) rows.push(row);
      expect(rows.length).toBeGreaterThanOrEqual(2);
      expect(keyIn(JSON.stringify(rows))).toBeUndefined();
    });
  });

  describe("what a channel sees", () => {
    it("no telephone number, no name of whom to call, no address that was wished for or registered", () => {
      const said = inChannels()
        .map((message) => readable(message))
        .join("\n");
      expect(said).toContain("連絡先の電話番号：変わりました");
      for (const personal of [PHONE, "利根 花子", WISHED, REGISTERED]) expect(said).not.toContain(personal);
      expect(said).toContain("メールアドレス");
    });

    it("no amount and no mail address on any card", () => {
      for (const card of scene.slack
        .messages("C_DESK")
        .filter(({ blocks }) => readable({ blocks } as Message).includes("A-0"))) {
        const words = readable(card);
        expect(words).not.toMatch(AMOUNT);
        expect(words).not.toContain("@");
      }
    });

    it("of a registry only whom it is about and who decided", () => {
      const said = scene.slack
        .messages("C_DESK")
        .map((message) => readable(message))
        .filter((text) => text.includes("利根建設") && !text.includes("A-0"));
      expect(said.length).toBeGreaterThanOrEqual(3);
      for (const text of said) expect(text).not.toMatch(/@|布川/);
    });
  });
});
