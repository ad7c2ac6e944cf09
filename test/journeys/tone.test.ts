import { getDocumentProxy } from "unpdf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatGuaranteeNumber } from "../../core/guarantee/number.ts";
import { freshDatabase } from "../database.ts";
import { queryLetter } from "../demo/letters.ts";
import { type Played, playJourney } from "../demo/player.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import type { Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import {
  APPROVER,
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

/** Well formed and never issued. */
const NOBODYS = formatGuaranteeNumber(2098, 1);

/** The journey of the flier of 利根町, from the letter to the answer, on every pair of transports. */
const WORLDS = [
  { name: "Slack over HTTP, mail in memory", transport: "http", dovecot: false },
  {
    name: "Slack over Socket Mode, a real Dovecot (apt-get install dovecot-imapd dovecot-lmtpd)",
    transport: "socket",
    dovecot: true,
  },
] as const;

for (const { name, transport, dovecot } of WORLDS)
  describe.skipIf(dovecot && !dovecotInstalled())(`利根町: ${name}`, () => {
    let world: World;
    let played: Played;
    let database: Awaited<ReturnType<typeof freshDatabase>>;

    beforeAll(async () => {
      database = await freshDatabase();
      const mail = dovecot ? await startDovecot({ users: MAILBOXES }) : undefined;
      world = await startWorld({ transport, databaseUrl: database.url, ...(mail ? { mail } : {}) });
      played = await playJourney({
        mail: world.mail,
        slack: world.slack,
        desk: DESK,
        contractor: CONTRACTOR,
        town: TOWN,
        stranger: STRANGER,
        clerk: CLERK,
        approver: APPROVER,
        channel: CHANNEL,
        folder: null,
        tell: () => undefined,
      });
    });
    afterAll(async () => {
      await world?.stop();
      await database?.drop();
    });

    const fresh = async (user: string, known: Letter[]) =>
      (await world.mail.inbox(user)).filter((l) => !known.some((k) => k.messageId === l.messageId));
    const attachment = (letter: Letter, name: RegExp) =>
      letter.attachments.filter((a) => name.test(a.filename ?? ""));
    const json = (letter: Letter) =>
      JSON.parse(attachment(letter, /^verification\.json$/)[0]?.bytes.toString() ?? "null");

    it("the receipt answers the application and carries the receipt number", () => {
      expect(played.receipt.subject).toMatch(/受付.*A-000001|A-000001.*受付/);
      expect(played.receipt.headers.get("auto-submitted")).toBe("auto-replied");
      expect(played.receipt.inReplyTo).toBeTruthy();
      expect(played.receipt.to).toEqual([CONTRACTOR]);
    });

    it("the fee letter says what staff entered, per product and in sum", () => {
      for (const words of ["65,000円", "20,000円", "85,000円", "A-000001"])
        expect(played.feeLetter.subject + played.feeLetter.text).toContain(words);
      expect(played.feeLetter.headers.get("auto-submitted")).toBe("auto-generated");
    });

    it("the maker is told who can approve instead of her", () => {
      expect(played.refusedOwnApproval).toContain("田中 剛");
    });

    it("the contractor gets both notices, what the certificates say, and a draft to the town", () => {
      const { issued } = played;
      expect(issued.subject).toContain("認証キー");
      expect(attachment(issued, /^認証キーのお知らせ_\d{5}-\d{6}\.pdf$/)).toHaveLength(2);
      expect(attachment(issued, /^保証証書/)).toHaveLength(0);
      for (const words of [
        "20,000,000円",
        "5,000,000円",
        "町道112号線改良工事",
        "利根町長",
        "見本銀行 利根支店",
        TOWN,
      ])
        expect(issued.text).toContain(words);
      expect(attachment(issued, /\.eml$/)).toHaveLength(1);
      for (const { key } of played.notices) expect(issued.text).not.toContain(key);
    });

    it("numbers follow each other without a gap and keys differ", () => {
      const serials = played.notices.map((n) => Number(n.number.replace("-", "").slice(3, 10)));
      expect(serials.sort()).toEqual([1, 2]);
      expect(new Set(played.notices.map((n) => n.key)).size).toBe(2);
    });

    it("no key and no notice is anywhere in Slack", () => {
      const everything = JSON.stringify(world.slack.calls) + JSON.stringify(world.slack.messages(CHANNEL));
      for (const { key } of played.notices) {
        expect(everything).not.toContain(key);
        for (const file of world.slack.files()) expect(Buffer.from(file.bytes).includes(key)).toBe(false);
      }
      expect(
        world.slack
          .files()
          .map((f) => f.name.replace(/\d/g, "9"))
          .sort(),
      ).toEqual([
        "保証証書_99999-999999.pdf",
        "保証証書_99999-999999.pdf",
        "保証証書_99999-999999_変更9.pdf",
      ]);
      expect(world.slack.rejections).toEqual([]);
    });

    it("the channel shows one card and no amount", () => {
      const cards = world.slack.messages(CHANNEL).filter((m) => readable(m).includes("A-000001"));
      expect(cards).toHaveLength(1);
      expect(readable(played.card)).toContain("発行済");
      expect(readable(played.card)).not.toMatch(/[\d,]{6,}円/);
    });

    it("the town gets the result, the table, the certificate and the machine's answer", () => {
      const [answer] = json(played.answer).answers;
      expect(answer).toMatchObject({
        number: played.notices[0]?.number,
        outcome: "confirmed",
        status: "in_force",
        amendmentSerial: 0,
      });
      expect(answer.comparison.map((c: { field: string; match: string }) => [c.field, c.match])).toEqual([
        ["worksTitle", "same"],
        ["contractorName", "same"],
        ["contractPriceYen", "same"],
        ["guaranteedYen", "same"],
      ]);
      expect(attachment(played.answer, /^保証証書_\d{5}-\d{6}\.pdf$/)).toHaveLength(1);
      expect(played.answer.text).toContain("○");
      expect(played.answer.to).toEqual([TOWN]);
    });

    it("the link on the notice opens a letter that is answered as it is", async () => {
      const second = played.notices[1];
      if (second === undefined) throw new Error("no second notice");
      const page = await (await getDocumentProxy(new Uint8Array(second.pdf))).getPage(1);
      const links = (await page.getAnnotations()).map(
        (a: { url?: string; unsafeUrl?: string }) => a.unsafeUrl ?? a.url ?? "",
      );
      const link = new URL(links.find((url: string) => url.startsWith("mailto:")) ?? "");
      expect(decodeURIComponent(link.pathname)).toBe(DESK);
      const before = await world.mail.inbox(TOWN);
      await world.mail.send(TOWN, {
        to: DESK,
        subject: link.searchParams.get("subject") ?? "",
        text: link.searchParams.get("body") ?? "",
      });
      const answer = await world.mail.waitForLetter(
        TOWN,
        (l) => l.subject.includes("照会結果") && !before.some((b) => b.messageId === l.messageId),
      );
      expect(json(answer).answers[0]).toMatchObject({
        number: second.number,
        outcome: "confirmed",
        comparison: [],
      });
    });

    it("a forwarded notice is a question, too", async () => {
      const second = played.notices[1];
      if (second === undefined) throw new Error("no second notice");
      const before = await world.mail.inbox(TOWN);
      await world.mail.send(TOWN, {
        to: DESK,
        subject: "Fwd: 認証キーのお知らせ",
        text: "受注者から届きましたので、照会します。",
        attachments: [
          {
            filename: `認証キーのお知らせ_${second.number}.pdf`,
            content: second.pdf,
            contentType: "application/pdf",
          },
        ],
      });
      const answer = await world.mail.waitForLetter(
        TOWN,
        (l) => l.subject.includes("照会結果") && !before.some((b) => b.messageId === l.messageId),
      );
      expect(json(answer).answers[0]).toMatchObject({ number: second.number, outcome: "confirmed" });
    });

    it("the whole letter of issue, forwarded by the town, is a question about both guarantees", async () => {
      const { issued } = played;
      const attachments = issued.attachments.map(({ filename, contentType, bytes }) => ({
        filename: filename ?? "",
        contentType,
        content: bytes,
      }));
      const quoted = `---------- 転送メッセージ ----------\n差出人: ${CONTRACTOR}\n件名: ${issued.subject}\n\n${issued.text}`;
      const { messageId } = await world.mail.send(TOWN, {
        to: DESK,
        subject: `Fwd: ${issued.subject}`,
        text: `照会します。\n\n${quoted}`,
        attachments,
      });
      const answer = await world.mail.waitForLetter(TOWN, (l) => l.inReplyTo === messageId);
      const outcomes = json(answer).answers.map((a: { number: string; outcome: string }) => [
        a.number,
        a.outcome,
      ]);
      expect(outcomes.sort()).toEqual(played.notices.map(({ number }) => [number, "confirmed"]).sort());
    });

    it("wrong key, unknown number and another town's guarantee are the same letter", async () => {
      const [{ number, key } = { number: "", key: "" }, second] = played.notices;
      expect(json(played.wrongKey).answers[0]).toMatchObject({
        outcome: "not_confirmed",
        status: null,
        comparison: [],
      });
      const ask = async (from: string, asked: string, with_: string) => {
        const before = await world.mail.inbox(from);
        await world.mail.send(from, { to: DESK, ...queryLetter(asked, with_, false) });
        return world.mail.waitForLetter(
          from,
          (l) => l.subject.includes("照会結果") && !before.some((b) => b.messageId === l.messageId),
        );
      };
      const unknown = await ask(TOWN, NOBODYS, key);
      const otherTown = await ask(OTHER_TOWN, number, key);
      const wrong = await ask(OTHER_TOWN, number, second?.key ?? "");
      expect(json(unknown).answers[0].outcome).toBe("not_confirmed");
      expect(json(otherTown).answers[0]).toEqual(json(wrong).answers[0]);
      expect(withoutTimes(otherTown)).toBe(withoutTimes(wrong));
      expect(withoutTimes(unknown).replaceAll(NOBODYS, number)).toBe(withoutTimes(played.wrongKey));
    });

    it("a slip of the pen is called that, and nothing is looked up", () => {
      expect(json(played.mistyped).answers[0]).toMatchObject({ outcome: "mistyped", status: null });
      expect(attachment(played.mistyped, /\.pdf$/)).toHaveLength(0);
    });

    it("a stranger learns nothing, once a day, and staff are told", async () => {
      const text = played.stranger.subject + played.stranger.text;
      for (const word of [
        played.notices[0]?.number ?? "",
        played.notices[0]?.key ?? "",
        "町道",
        "利根",
        "20,000,000",
      ])
        expect(text).not.toContain(word);
      expect(played.stranger.attachments).toHaveLength(0);
      const told = () => world.slack.messages(CHANNEL).filter((m) => readable(m).includes(STRANGER));
      await world.slack.waitFor(() => told().length > 0);
      const before = await world.mail.inbox(STRANGER);
      await world.mail.send(STRANGER, {
        to: DESK,
        ...queryLetter(played.notices[0]?.number ?? "", "x", false),
      });
      await world.slack.waitFor(() => told().length > 1);
      expect(await fresh(STRANGER, before)).toHaveLength(0);
    });

    it("five wrong pairs pause a number, even for the right key, and staff are told", async () => {
      const second = played.notices[1];
      if (second === undefined) throw new Error("no second notice");
      const pair = (key: string) => `保証契約番号：${second.number}\n認証キー：${key}\n`;
      const wrong = played.notices[0]?.key ?? "";
      for (let i = 0; i < 5; i++) {
        const before = (await world.mail.inbox(TOWN)).length;
        await world.mail.send(TOWN, {
          to: DESK,
          subject: "照会",
          text: `照会します（${i}）。\n${pair(wrong)}`,
        });
        await world.mail.waitForLetter(TOWN, () => true);
        await expectMore(world, TOWN, before);
      }
      const before = (await world.mail.inbox(TOWN)).length;
      await world.mail.send(TOWN, { to: DESK, subject: "照会", text: `照会します。\n${pair(second.key)}` });
      await expectMore(world, TOWN, before);
      const last = (await world.mail.inbox(TOWN)).at(-1);
      expect(last && json(last).answers[0].outcome).toBe("locked");
      await world.slack.waitFor(() =>
        world.slack.messages(CHANNEL).find((m) => readable(m).includes(second.number)),
      );
    });
  });

/** What the reader of a letter sees, with the times taken out. */
function withoutTimes(letter: Letter): string {
  const untimed = (text: string) => text.replace(/令和\d+年\d+月\d+日 \d+時\d+分/g, "");
  const files = letter.attachments.map(
    (a) => `${a.filename}\n${a.bytes.toString().replace(/"answeredAt": "[^"]*"/, "")}`,
  );
  return [untimed(letter.subject), untimed(letter.text), ...files].join("\n");
}

async function expectMore(world: World, user: string, before: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; (await world.mail.inbox(user)).length <= before; ) {
    if (Date.now() > deadline) throw new Error("no answer came");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
