import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase } from "../database.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { apply, cardWith, command } from "./steps.ts";
import { CHANNEL, CLERK, CONTRACTOR, DESK, STRANGER, startWorld, type World } from "./world.ts";

/** A letter of ours comes back: staff hear of it where they look for it, and nothing more goes to a dead address. */
describe("a desk that signs its letters and gives each a return path of its own", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let receiptNumber = "";
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;

  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    const keyFile = join(world.folder, "dkim.pem");
    await writeFile(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
    Object.assign(world.env, {
      MAIL_VERP: "plus",
      MAIL_DKIM_DOMAIN: "mihon-hosho.example",
      MAIL_DKIM_SELECTOR: "s1",
      MAIL_DKIM_KEY_FILE: keyFile,
    });
    await world.restart();
    receiptNumber = await apply(world, "町道801号線改良工事");
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  const receipt = () => world.mail.waitForLetter(CONTRACTOR, ({ subject }) => subject.includes("受付"));
  const thread = async () => {
    const card = await cardWith(world, receiptNumber);
    return world.slack.thread(CHANNEL, card.ts).map(readable);
  };

  it("its letters carry a DKIM signature that holds", async () => {
    const { raw } = await receipt();
    const { results } = await dkimVerify(raw, { resolver: async () => [[record]] });
    expect(results.map(({ status, signingDomain }) => [status.result, signingDomain])).toEqual([
      ["pass", "mihon-hosho.example"],
    ]);
  });

  it("a bounce to that path is told in the case's thread, once, and is never answered", async () => {
    await receipt();
    const [delivery] = world.mail.deliveries.filter(({ to }) => to === CONTRACTOR);
    expect(delivery?.from).toMatch(/^hosho\+b\.[a-z2-7.]+@mihon-hosho\.example$/);
    const raw = bounce(delivery?.from ?? "");
    const before = world.mail.deliveries.length;
    await world.mail.send(STRANGER, { to: DESK, raw, envelopeFrom: "" });
    await world.mail.send(STRANGER, { to: DESK, raw: `X-Again: yes\r\n${raw}`, envelopeFrom: "" });
    const told = async () => (await thread()).filter((words) => words.includes("不達通知")).length;
    await expect.poll(told, { timeout: 20_000 }).toBe(1);
    await cardWith(world, receiptNumber, "届いていないメール：1通");
    expect(world.mail.deliveries.slice(before).filter(({ from }) => from.startsWith("hosho"))).toEqual([]);
  });

  it("a forged bounce changes nothing", async () => {
    const raw = bounce("hosho+b.aaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb@mihon-hosho.example");
    await world.mail.send(STRANGER, { to: DESK, raw, envelopeFrom: "" });
    await command(world, CLERK, "一覧");
    expect((await thread()).filter((words) => words.includes("不達通知"))).toHaveLength(1);
  });

  it("the next letter to the dead address waits with staff, who can send both again", async () => {
    await world.mail.send(CONTRACTOR, {
      to: DESK,
      subject: `Re: 【${receiptNumber}】`,
      text: "訂正します。\n請負金額：51,000,000円\n",
    });
    const waits = async () => (await command(world, CLERK, "復旧")).text;
    await expect.poll(waits, { timeout: 20_000 }).toMatch(/不達通知[\s\S]*以前に届かなかった宛先/);
  });
});

/** As the contractor's server reports it (RFC 3464). */
function bounce(to: string): string {
  return [
    "Return-Path: <>",
    "From: MAILER-DAEMON@mx.tone-kensetsu.example",
    `To: ${to}`,
    "Subject: Undelivered Mail Returned to Sender",
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain; charset=us-ascii",
    "",
    "User unknown.",
    "",
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.tone-kensetsu.example",
    "",
    `Final-Recipient: rfc822; ${CONTRACTOR}`,
    "Action: failed",
    "Status: 5.1.1",
    "",
    "--b--",
    "",
  ].join("\r\n");
}
