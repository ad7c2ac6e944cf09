import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatGuaranteeNumber } from "../../core/guarantee/number.ts";
import { freshDatabase } from "../database.ts";
import { startMail } from "../sandbox/mail.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { apply, ask, cardWith, command, issue, register } from "./steps.ts";
import {
  CHANNEL,
  CLERK,
  CONTRACTOR,
  DESK,
  MAILBOXES,
  OTHER_TOWN,
  STRANGER,
  startWorld,
  TOWN,
  type World,
} from "./world.ts";

const SHARED = "clerk@shared.example";
const WORKS_ONLY = "kouji@town.tone.example";
const NEWCOMER = "shinki@shinki-kensetsu.example";

/** Who is told what, and what is written down: stories found by attacking the desk. */
describe("who gets to know what", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let notices: { number: string; key: string }[];
  const pair = (index: number) =>
    `保証契約番号：${notices[index]?.number}\n認証キー：${notices[index]?.key}\n`;

  beforeAll(async () => {
    database = await freshDatabase();
    const mail = await startMail({ users: [...MAILBOXES, SHARED, WORKS_ONLY, NEWCOMER] });
    world = await startWorld({ databaseUrl: database.url, mail });
    const samples = JSON.parse(
      await readFile(new URL("../../prisma/samples/orderers.json", import.meta.url), "utf8"),
    );
    const mailbox = { office: null, products: [], from: null, until: null, confirmed: true };
    for (const town of samples) {
      if (town.name === "利根町" || town.name === "富士市")
        town.mailboxes.push({ ...mailbox, domain: "shared.example" });
      if (town.name === "利根町")
        town.mailboxes.push({ ...mailbox, address: WORKS_ONLY, products: ["performance"] });
    }
    await register(world, "orderers", samples);
    notices = await issue(world, await apply(world, "町道601号線改良工事"));
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  it("a domain that two towns share: the result goes to the town whose guarantee it is", async () => {
    const { letter, answers } = await ask(world, SHARED, pair(0), TOWN);
    expect(answers[0]).toMatchObject({ outcome: "confirmed" });
    expect(letter.text).toContain("利根町");
    expect(await world.mail.inbox(OTHER_TOWN)).toHaveLength(0);
  });

  it("a domain that two towns share, nothing confirmed: staff, for nobody knows which town asks", async () => {
    const nobodys = formatGuaranteeNumber(2098, 7);
    await world.mail.send(SHARED, {
      to: DESK,
      subject: "照会",
      text: `保証契約番号：${nobodys}\n認証キー：${notices[0]?.key}\n`,
    });
    await world.slack.waitFor(() => world.slack.messages(CHANNEL).some((m) => readable(m).includes(SHARED)), {
      timeoutMs: 10_000,
    });
    expect(await world.mail.inbox(OTHER_TOWN)).toHaveLength(0);
  });

  it("a mailbox registered for one product is told of no other", async () => {
    expect((await ask(world, WORKS_ONLY, pair(0))).answers[0]).toMatchObject({
      outcome: "not_confirmed",
      status: null,
    });
    expect((await ask(world, WORKS_ONLY, pair(1))).answers[0]).toMatchObject({ outcome: "confirmed" });
  });

  it("a letter with more pairs than the desk takes is not answered in part", async () => {
    const many = Array.from(
      { length: 501 },
      (_, i) => `${formatGuaranteeNumber(2097, i + 1)} ${notices[0]?.key}`,
    ).join("\n");
    const before = (await world.mail.inbox(TOWN)).length;
    await world.mail.send(TOWN, { to: DESK, subject: "一括照会", text: `次のとおり照会します。\n${many}\n` });
    const told = () => world.slack.messages(CHANNEL).some((m) => readable(m).includes(TOWN));
    await world.slack.waitFor(told, { timeoutMs: 15_000, what: "staff to be told" });
    expect((await world.mail.inbox(TOWN)).length).toBe(before);
  });

  it("registering the contractor is enough: the case that waited for it goes on", async () => {
    const receipt = await apply(
      world,
      "町道602号線改良工事",
      (text) => text.replaceAll("利根建設株式会社", "新規建設株式会社"),
      NEWCOMER,
    );
    expect((await command(world, CLERK, `引受 ${receipt} 65000 20000`)).text).toContain("登録");
    const entry = {
      name: "新規建設株式会社",
      address: "茨城県利根町0000番地",
      representative: "代表取締役　新規　一",
      addresses: [NEWCOMER],
    };
    await register(world, "contractors", [entry]);
    await command(world, CLERK, `引受 ${receipt} 65000 20000`);
    await cardWith(world, receipt, "入金待ち");
  });

  it("a correction that contradicts the rest is asked about and blocks acceptance", async () => {
    const receipt = await apply(world, "町道603号線改良工事");
    const correct = async (text: string) => {
      const { messageId } = await world.mail.send(CONTRACTOR, { to: DESK, subject: `Re: ${receipt}`, text });
      return world.mail.waitForLetter(CONTRACTOR, (l) => l.inReplyTo === messageId, { timeoutMs: 10_000 });
    };
    const asked = await correct("前払金保証金額：60,000,000円");
    expect(asked.subject).toContain("ご確認");
    expect((await command(world, CLERK, `引受 ${receipt} 65000 20000`)).text).toMatch(/保証金額|請負金額/);
    expect((await correct("工期の終期：令和8年1月1日")).subject).toContain("ご確認");
    expect((await correct("前払金保証金額：20,000,000円\n工期の終期：令和9年10月29日")).subject).toContain(
      "受付",
    );
    await command(world, CLERK, `引受 ${receipt} 65000 20000`);
    await cardWith(world, receipt, "入金待ち");
  });

  it("a stranger's automatic mail about a case does not get into its thread", async () => {
    const receipt = await apply(world, "町道604号線改良工事");
    const card = await cardWith(world, receipt);
    const before = world.slack.thread(CHANNEL, card.ts).length;
    await world.mail.send(STRANGER, {
      to: DESK,
      subject: `自動応答 ${receipt}`,
      text: "不在です。",
      headers: { "Auto-Submitted": "auto-replied" },
    });
    await apply(world, "町道605号線改良工事");
    const words = world.slack
      .thread(CHANNEL, card.ts)
      .slice(before)
      .map((m) => readable(m));
    expect(words.join()).not.toContain(STRANGER);
  });

  it("a key that somebody writes into a subject or a remark is kept nowhere in the clear", async () => {
    const key = notices[1]?.key ?? "";
    const spaced = `${key.slice(0, 6)}-${key.slice(6)}`;
    const receipt = await apply(
      world,
      "町道606号線改良工事",
      (text) => `${text}連絡事項：${spaced} は前回のものです\n`,
    );
    await world.mail.send(TOWN, {
      to: DESK,
      subject: `照会 ${notices[1]?.number} ${key}`,
      text: "件名のとおり照会します。",
    });
    await world.mail.waitForLetter(TOWN, (l) => l.subject.includes("照会結果"), { timeoutMs: 10_000 });
    expect((await command(world, CLERK, `詳細 ${receipt}`)).text).not.toContain(spaced);
    const { openPool } = await import("../../prisma/pool.ts");
    const pool = openPool(database.url, () => undefined);
    const { rows: tables } = await pool.query(
      "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables WHERE table_schema IN ('public', 'jobs') AND table_type = 'BASE TABLE'",
    );
    for (const { name } of tables) {
      const { rows } = await pool.query(
        `SELECT 1 FROM ${name} AS t WHERE t::text LIKE $1 OR t::text LIKE $2 OR t::text LIKE $3 LIMIT 1`,
        [`%${key}%`, `%${spaced}%`, `%${Buffer.from(key).toString("hex")}%`],
      );
      expect(rows, `a key in ${name}`).toHaveLength(0);
    }
    await pool.end();
    expect(JSON.stringify(world.slack.calls)).not.toContain(key);
  });
});
