import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase } from "../database.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { apply, cardWith, command } from "./steps.ts";
import { CLERK, CONTRACTOR, startWorld, type World } from "./world.ts";

const LINE = "届いていないメール：1通（「/hosho 復旧」）";

/** The whole desk, and an address that its server does not take: the card itself says that somebody has to act. */
describe("a receipt that the applicant's server refuses", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  it("stands on the card until it is sent again and arrives", async () => {
    world.mail.fail({ on: "refuse", code: 550, to: CONTRACTOR });
    const number = await apply(world, "不達工事");
    await cardWith(world, number, LINE, "担当（届いていないメール）");
    const { text, ephemerals } = await command(world, CLERK, "復旧");
    const [list] = ephemerals;
    if (list === undefined) throw new Error(text);
    await world.slack.person(CLERK).click(list, "もう一度");
    await world.mail.waitForLetter(CONTRACTOR, ({ subject }) => subject.includes(number), {
      timeoutMs: 20_000,
    });
    const card = async () => readable(await cardWith(world, number));
    await expect.poll(card, { timeout: 20_000 }).not.toContain("届いていないメール");
    const details = (await command(world, CLERK, `詳細 ${number}`)).text;
    expect(details).toMatch(/送信したメール[\s\S]*宛先：suzuki@\S+　送信済み/);
  });
});
