import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addDays, dayInTokyo, formatJapaneseDay } from "../../core/dates.ts";
import { tellExpiring } from "../../core/desk/expiry.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import { readNotices } from "../demo/player.ts";
import type { Letter } from "../sandbox/mail-types.ts";
import { openStaffDesk, type StaffDesk } from "./staff-desk.ts";
import { ask } from "./steps.ts";
import { CONTRACTOR, DESK, OTHER_TOWN, startWorld, TOWN, type World } from "./world.ts";

/** What orderer and contractor hear of a guarantee after its issue, and what a question about it is answered with. */

const PATIENCE = { timeoutMs: 20_000 };
const DAY_MS = 86_400_000;

describe("the life of a guarantee, as it arrives by mail", { timeout: 60_000 }, () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let staff: StaffDesk;
  const seen = new Set<string>();
  const today = () => dayInTokyo(new Date().toISOString());

  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    staff = await openStaffDesk(world, database.url);
  }, 60_000);
  afterAll(async () => {
    await staff?.close();
    await world?.stop();
    await database?.drop();
  });

  const rows = async (sql: string, values: unknown[] = []) => {
    const db = await connectOnce(database.url);
    try {
      return (await db.query<Record<string, unknown>>(sql, values)).rows;
    } finally {
      await db.end();
    }
  };

  /** The next letter of a case with this word in its subject that nobody has looked at yet. */
  async function next(to: string, word: string, receiptNumber: string): Promise<Letter> {
    const isIt = (one: Letter) =>
      one.subject.includes(word) && one.subject.includes(receiptNumber) && !seen.has(one.messageId);
    const letter = await world.mail.waitForLetter(to, isIt, PATIENCE);
    seen.add(letter.messageId);
    expect(letter.headers.get("auto-submitted")).toBe("auto-generated");
    expect(letter.subject).not.toMatch(/[\d,]{6,}円/);
    return letter;
  }

  /** Applied for and issued ten days ago. */
  async function issued(title: string) {
    const letter = applicationLetter(worksDates(new Date()));
    const text = letter.text.replace("町道112号線改良工事", title);
    const { messageId } = await world.mail.send(CONTRACTOR, { to: DESK, subject: letter.subject, text });
    const receipt = await world.mail.waitForLetter(CONTRACTOR, (l) => l.inReplyTo === messageId, PATIENCE);
    const receiptNumber = /A-\d{6}/.exec(receipt.subject)?.[0] ?? "";
    staff.clock.skewMs = -10 * DAY_MS;
    await staff.issue(receiptNumber);
    staff.clock.skewMs = 0;
    const notices = await readNotices(await next(CONTRACTOR, "発行完了", receiptNumber));
    const { guarantees } = await staff.found(receiptNumber);
    const noticeOf = (kind: GuaranteeKind) => {
      const guarantee = guarantees.find((one) => one.kind === kind);
      const notice = notices.find(
        ({ number }) => guarantee && "number" in guarantee && number === guarantee.number,
      );
      if (notice === undefined) throw new Error(`no notice of ${kind}`);
      return notice;
    };
    return { receiptNumber, advance: noticeOf("advance_payment"), performance: noticeOf("performance") };
  }

  /** The town asks; on a day when told. @returns the one answer and the certificate that came with it. */
  async function verify({ number, key }: { number: string; key: string }, day: string | null = null) {
    const asOf = day === null ? "" : `基準日：${formatJapaneseDay(day)}\n`;
    const text = `照会します。\n\n保証契約番号：${number}\n認証キー：${key}\n${asOf}`;
    const { letter, answers } = await ask(world, TOWN, text);
    seen.add(letter.messageId);
    const [pdf, ...more] = letter.attachments.filter(({ contentType }) => contentType === "application/pdf");
    expect(more).toEqual([]);
    return { answer: answers[0], pdf: pdf ?? null };
  }
  const certificateOf = ({ attachments }: Letter) => {
    expect(attachments).toHaveLength(1);
    return attachments[0];
  };

  it("an amendment reaches who verified it, and nobody else; the day before it is answered as it was", async () => {
    const { receiptNumber, advance, performance } = await issued("町道801号線改良工事");
    const first = await verify(advance);
    expect(first.answer).toMatchObject({ outcome: "confirmed", amendmentSerial: 0 });

    const until = addDays(today(), 380);
    await staff.change(receiptNumber, "advance_payment", (content) => ({
      ...{ change: "amend", reason: "工期の延長と増額" },
      content: { ...content, guaranteedYen: 18_000_000, worksUntil: until, guaranteeUntil: until },
    }));
    const [toContractor, toTown] = [
      await next(CONTRACTOR, "変更", receiptNumber),
      await next(TOWN, "変更", receiptNumber),
    ];
    for (const { text, raw } of [toContractor, toTown]) {
      expect(text).toContain("・保証金額：20,000,000円 → 18,000,000円");
      expect(text).toContain(`→ ${formatJapaneseDay(until)}`);
      expect(text).toContain(advance.number);
      expect(text).toContain("引き続き有効");
      expect(text + raw.toString()).not.toContain(advance.key);
      expect(text).not.toMatch(/\{\{|undefined|null/);
    }
    expect(toContractor.text).toContain("内容に相違がないか");
    expect(toTown.text).toContain("利根町　ご担当者様");
    expect(certificateOf(toTown)?.filename).toBe(`保証証書_${advance.number}_変更1.pdf`);
    expect(certificateOf(toTown)?.bytes.equals(certificateOf(toContractor)?.bytes ?? Buffer.of())).toBe(true);

    const now = await verify(advance);
    expect(now.answer).toMatchObject({ status: "in_force", amendmentSerial: 1 });
    expect(now.pdf?.bytes.equals(certificateOf(toTown)?.bytes ?? Buffer.of())).toBe(true);
    const before = await verify(advance, addDays(today(), -5));
    expect(before.answer).toMatchObject({ status: "in_force", amendmentSerial: 0 });
    expect(before.pdf?.bytes.equals(first.pdf?.bytes ?? Buffer.of())).toBe(true);

    // The other product was never looked at: its amendment is the contractor's alone to pass on.
    await staff.change(receiptNumber, "performance", (content) => ({
      ...{ change: "amend", reason: "工期の延長" },
      content: { ...content, worksUntil: until, guaranteeUntil: until },
    }));
    expect((await next(CONTRACTOR, "変更", receiptNumber)).text).toContain(performance.number);
    expect((await world.mail.inbox(TOWN)).filter(({ text }) => text.includes(performance.number))).toEqual(
      [],
    );
    expect(await world.mail.inbox(OTHER_TOWN)).toEqual([]);
  });

  it("whoever had the faulty certificate gets the right one, and it is the one for any day", async () => {
    const { receiptNumber, advance } = await issued("町道802号線改良工事");
    const faulty = await verify(advance);
    await staff.change(receiptNumber, "advance_payment", (content) => ({
      ...{ change: "rectify", reason: "工事名の誤記" },
      content: { ...content, worksTitle: "町道802号線舗装工事" },
    }));
    const toTown = await next(TOWN, "訂正", receiptNumber);
    const toContractor = await next(CONTRACTOR, "訂正", receiptNumber);
    for (const { text } of [toTown, toContractor]) {
      expect(text).toContain("・工事名：町道802号線改良工事 → 町道802号線舗装工事");
      expect(text).toContain("訂正前の保証証書は効力を有しません");
      expect(text).toContain("差し替え");
    }
    const right = certificateOf(toTown);
    expect(right?.filename).toBe(`保証証書_${advance.number}.pdf`);
    expect(right?.bytes.equals(faulty.pdf?.bytes ?? Buffer.of())).toBe(false);
    for (const day of [null, today(), addDays(today(), -5)]) {
      const { answer, pdf } = await verify(advance, day);
      expect(answer).toMatchObject({ status: "in_force", amendmentSerial: 0 });
      expect(pdf?.bytes.equals(right?.bytes ?? Buffer.of()), String(day)).toBe(true);
    }
  });

  it("a withdrawn amendment leaves the certificate before it, and says which no longer holds", async () => {
    const { receiptNumber, advance } = await issued("町道803号線改良工事");
    const first = await verify(advance);
    await staff.change(receiptNumber, "advance_payment", (content) => ({
      ...{ change: "amend", reason: "減額" },
      content: { ...content, guaranteedYen: 12_000_000 },
    }));
    await next(TOWN, "変更", receiptNumber);
    await next(CONTRACTOR, "変更", receiptNumber);
    await staff.change(receiptNumber, "advance_payment", () => ({ change: "unamend", reason: "誤入力" }));
    const toTown = await next(TOWN, "変更取消", receiptNumber);
    await next(CONTRACTOR, "変更取消", receiptNumber);
    expect(toTown.text).toContain("・保証金額：12,000,000円 → 20,000,000円");
    expect(toTown.text).toContain("取り消した変更：変更1（その保証証書は効力を有しません）");
    expect(certificateOf(toTown)?.bytes.equals(first.pdf?.bytes ?? Buffer.of())).toBe(true);
    const { answer, pdf } = await verify(advance);
    expect(answer).toMatchObject({ status: "in_force", amendmentSerial: 0 });
    expect(pdf?.bytes.equals(first.pdf?.bytes ?? Buffer.of())).toBe(true);
  });

  it("an end is told with its day, and the day before it is still answered as in force", async () => {
    const { receiptNumber, advance, performance } = await issued("町道804号線改良工事");
    await verify(advance);
    await verify(performance);
    await staff.change(receiptNumber, "advance_payment", () => ({
      ...{ change: "cancel", reason: "請負契約の解除", on: today() },
    }));
    await staff.change(receiptNumber, "performance", () => ({
      ...{ change: "release", reason: "工事の完成", on: addDays(today(), -2) },
    }));
    for (const [word, day, { number }] of [
      ["解約", today(), advance],
      ["終了", addDays(today(), -2), performance],
    ] as const)
      for (const reader of [CONTRACTOR, TOWN]) {
        const letter = await next(reader, word, receiptNumber);
        expect(letter.text).toContain(`${word}日：${formatJapaneseDay(day)}`);
        expect(letter.text).toContain(number);
        expect(letter.attachments).toEqual([]);
      }
    expect((await verify(advance)).answer).toMatchObject({ outcome: "confirmed", status: "cancelled" });
    expect((await verify(advance, addDays(today(), -1))).answer).toMatchObject({ status: "in_force" });
    expect((await verify(performance, addDays(today(), -2))).answer).toMatchObject({ status: "released" });
    expect((await verify(performance, addDays(today(), -3))).answer).toMatchObject({ status: "in_force" });
  });

  it("a 保証期限 that is near is told once; one that was moved is told again when its time has come", async () => {
    const { receiptNumber, advance, performance } = await issued("町道805号線改良工事");
    await verify(advance);
    const { application, id } = await staff.found(receiptNumber);
    const until = application.worksUntil ?? "";
    const daysAhead = (day: string, before: number) =>
      Date.parse(`${addDays(day, -before)}T03:00:00.000Z`) - Date.now();
    const lines = async () =>
      (
        await rows(
          "SELECT post->'content'->>'number' AS number, post->'content'->>'until' AS until FROM slack_messages WHERE case_id = $1 AND post->'content'->>'event' = 'expiring' ORDER BY created_at, id",
          [id],
        )
      ).map(({ number, until: day }) => `${number} ${day}`);
    staff.clock.skewMs = daysAhead(until, 31);
    await tellExpiring(staff.desk);
    expect(await lines()).toEqual([]);

    staff.clock.skewMs = daysAhead(until, 30);
    await tellExpiring(staff.desk);
    await tellExpiring(staff.desk);
    expect((await lines()).sort()).toEqual([`${advance.number} ${until}`, `${performance.number} ${until}`]);
    const toTown = await next(TOWN, "期限", receiptNumber);
    expect(toTown.text).toContain(`保証期限：${formatJapaneseDay(until)}`);
    expect(toTown.text).toContain("受注者様へお伝えください");
    expect(toTown.attachments).toEqual([]);
    const both = [
      await next(CONTRACTOR, "期限", receiptNumber),
      await next(CONTRACTOR, "期限", receiptNumber),
    ];
    expect(both.map(({ text }) => /\d{5}-\d{6}/.exec(text)?.[0]).sort()).toEqual(
      [advance.number, performance.number].sort(),
    );

    const later = addDays(until, 40);
    await staff.change(receiptNumber, "advance_payment", (content) => ({
      ...{ change: "amend", reason: "工期の延長" },
      content: { ...content, worksUntil: later, guaranteeUntil: later },
    }));
    await tellExpiring(staff.desk);
    expect(await lines()).toHaveLength(2);
    staff.clock.skewMs = daysAhead(later, 29);
    await tellExpiring(staff.desk);
    expect(await lines()).toContain(`${advance.number} ${later}`);
    expect((await next(TOWN, "期限", receiptNumber)).text).toContain(formatJapaneseDay(later));
    await next(CONTRACTOR, "期限", receiptNumber);
    staff.clock.skewMs = 0;
    const told = await rows(
      "SELECT count(*)::int AS n FROM audit_entries WHERE action = 'expiry_told' AND case_id = $1",
      [id],
    );
    expect(told).toEqual([{ n: 3 }]);
  });
});
