import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { type DirectoryCalls, keepDirectory } from "../../bot/directory.ts";
import { checkSlack } from "../../bot/doctor.ts";
import { SlackFault } from "../../bot/slack.ts";
import { openScene, type Scene, words } from "./scene.ts";

/** Roles by Slack user groups, people who left, accounts that belong to nobody on the list. */

const GROUP = "S_APPROVERS";
const person = (slack: string, employee: string, name: string, roles: string[] = []) => ({
  ...{ slack, employee, name, roles },
});

describe.each(["socket", "http"] as const)("staff by user groups over %s", (mode) => {
  let scene: Scene;
  afterEach(async () => {
    await scene.stop();
  });

  const staff = (list: object[]) => writeFileSync(scene.staffFile, JSON.stringify(list));
  const DESK = [
    person("U_CLERK", "1001", "佐藤 一郎", ["clerk"]),
    person("U_BOSS", "1002", "鈴木 花子"),
    { group: GROUP, roles: ["approver"] },
  ];
  /** Says something until the answer is the one looked for; the directory is brought up to date in the background. */
  const until = (user: string, text: string, wanted: RegExp) =>
    expect
      .poll(async () => (await scene.slack.person(user).command("/hosho", text)).text, { timeout: 10_000 })
      .toMatch(wanted);

  it("hold for members who are listed, as long as they are members", async () => {
    scene = await openScene({ mode });
    const { receiptNumber } = await scene.openCase();
    scene.slack.setGroup(GROUP, ["U_BOSS"]);
    staff(DESK);
    await until("U_BOSS", `引受 ${receiptNumber} 65000 12000`, /引受としました/);
    // Who can help is asked of the groups, too.
    const refused = await scene.slack.person("U_CLERK").command("/hosho", `承認 ${receiptNumber}`);
    expect(refused.text).toContain("鈴木 花子さん");
    scene.slack.setGroup(GROUP, []);
    // A change of the list asks Slack anew at once.
    staff([...DESK, person("U_TWIN", "1003", "高橋 次郎")]);
    await until("U_BOSS", `詳細 ${receiptNumber}`, /役割を持つ方だけ/);
    expect((await scene.slack.person("U_CLERK").command("/hosho", `承認 ${receiptNumber}`)).text).toContain(
      "該当する方がいません",
    );
  });

  it("admit nobody who is not listed: members are told what is missing, strangers nothing", async () => {
    scene = await openScene({ mode });
    scene.slack.setGroup(GROUP, ["U_NONE"]);
    staff(DESK);
    await until("U_NONE", "", /社員番号が登録されていない/);
    const stranger = await scene.slack.person("U_STRANGER").command("/hosho", "一覧");
    expect(stranger.text).toBe(words.sentence("refusals", "not_staff"));
  });

  it("refuse a deactivated account whatever it clicks, and name nobody who left", async () => {
    scene = await openScene({ mode });
    const { id, receiptNumber } = await scene.openCase();
    const card = await scene.slack.waitFor(() => scene.slack.messages("C_DESK")[0]);
    scene.slack.deactivate("U_BOSS");
    staff([DESK[0] ?? {}, person("U_BOSS", "1002", "鈴木 花子", ["approver"])]);
    await until("U_BOSS", `詳細 ${receiptNumber}`, /アカウントは無効/);
    const clicked = await scene.slack.person("U_BOSS").click(card, "引受");
    expect(clicked.text).toContain("アカウントは無効");
    const found = await scene.store.transact((tx) => tx.caseById(id));
    expect(found?.guarantees.map(({ status }) => status)).toEqual(["applied", "applied"]);
    const refused = await scene.slack.person("U_CLERK").command("/hosho", `承認 ${receiptNumber}`);
    expect(refused.text).toContain("該当する方がいません");
  });

  it("keep the last answer while Slack cannot be asked, and nobody waits for it", async () => {
    scene = await openScene({ mode });
    const { receiptNumber } = await scene.openCase();
    scene.slack.setGroup(GROUP, ["U_BOSS"]);
    staff(DESK);
    await until("U_BOSS", `詳細 ${receiptNumber}`, /町道/);
    scene.slack.fail("usergroups.users.list", { status: 503, times: 100 });
    scene.slack.fail("users.info", { delayMs: 30_000, times: 100 });
    staff([...DESK, person("U_TWIN", "1003", "高橋 次郎")]);
    const seen = await scene.slack.person("U_BOSS").command("/hosho", `詳細 ${receiptNumber}`);
    expect(seen.text).toContain("町道");
    expect(seen.ms).toBeLessThan(1500);
    const warned = () => scene.logged.filter(({ message }) => message.includes("directory cannot be asked"));
    await expect.poll(() => warned().length, { timeout: 10_000 }).toBeGreaterThan(0);
  });
});

describe("the directory", () => {
  const logged: string[] = [];
  const log = {
    debug: () => {},
    info: (_: object, message: string) => void logged.push(message),
    warn: (_: object, message: string) => void logged.push(message),
    error: () => {},
  };
  const opened: { stop(): void }[] = [];
  afterEach(() => {
    for (const one of opened.splice(0)) one.stop();
    logged.length = 0;
  });
  const keep = (calls: DirectoryCalls, everyMs = 60_000) => {
    const directory = keepDirectory(calls, log, everyMs);
    opened.push(directory);
    return directory;
  };
  const wanted = { people: ["U1", "U2"], groups: ["S1"] };

  it("knows nothing before the first answer, and asks again every few minutes", async () => {
    let members = ["U1"];
    const directory = keep(
      { membersOf: async () => members, isDeactivated: async (user) => user === "U2" },
      30,
    );
    expect([directory.isMember("S1", "U1"), directory.isDeactivated("U2")]).toEqual([false, false]);
    directory.follow(wanted);
    await directory.asked();
    expect([directory.isMember("S1", "U1"), directory.isMember("S1", "U2")]).toEqual([true, false]);
    expect([directory.isDeactivated("U1"), directory.isDeactivated("U2")]).toEqual([false, true]);
    members = ["U2"];
    await expect.poll(() => directory.isMember("S1", "U2")).toBe(true);
    expect(directory.isMember("S1", "U1")).toBe(false);
  });

  it("waits as long as Slack asks for, and goes on", async () => {
    let limited = 2;
    const asked: number[] = [];
    const directory = keep({
      membersOf: async () => {
        asked.push(Date.now());
        if (limited-- > 0) throw new SlackFault("limited", "ratelimited", 200);
        return ["U1"];
      },
      isDeactivated: async () => false,
    });
    directory.follow(wanted);
    await directory.asked();
    expect(directory.isMember("S1", "U1")).toBe(true);
    expect(asked).toHaveLength(3);
    expect((asked[2] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(390);
  });

  it("keeps what it knew through an outage, and says so once", async () => {
    let down = false;
    let rounds = 0;
    const directory = keep(
      {
        membersOf: async () => {
          rounds += 1;
          if (down) throw new SlackFault("uncertain", "ECONNRESET");
          return ["U1"];
        },
        isDeactivated: async () => false,
      },
      10,
    );
    directory.follow(wanted);
    await directory.asked();
    down = true;
    const before = rounds;
    await expect.poll(() => rounds).toBeGreaterThan(before + 3);
    expect(directory.isMember("S1", "U1")).toBe(true);
    expect(logged.filter((line) => line.includes("cannot be asked"))).toHaveLength(1);
    down = false;
    await expect.poll(() => logged.at(-1)).toContain("answers again");
  });

  it("asks one round at a time, and forgets whoever is no longer on the list", async () => {
    let [now, most] = [0, 0];
    const directory = keep({
      membersOf: async (group) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 20));
        now -= 1;
        return group === "S1" ? ["U1"] : ["U2"];
      },
      isDeactivated: async () => true,
    });
    for (let i = 0; i < 5; i += 1) directory.follow(wanted);
    directory.follow({ people: ["U2"], groups: ["S2"] });
    await directory.asked();
    expect(most).toBe(1);
    expect([directory.isMember("S1", "U1"), directory.isMember("S2", "U2")]).toEqual([false, true]);
    expect([directory.isDeactivated("U1"), directory.isDeactivated("U2")]).toEqual([false, true]);
  });
});

describe("the doctor", () => {
  it("judges by groups and by who is still there", async () => {
    const scene = await openScene();
    const { slack: loopback, staffFile } = scene;
    const tokens = { botToken: "xoxb-loopback-bot", appToken: "xapp-1-loopback-app", signingSecret: null };
    const place = { host: "127.0.0.1", port: 3000, apiUrl: loopback.apiUrl, channel: "C_DESK" };
    const settings = {
      slack: { mode: "socket" as const, ...tokens, ...place },
      staffFile,
      approvals: 2 as const,
    };
    const people = [person("U_CLERK", "1001", "佐藤 一郎", ["clerk"]), person("U_BOSS", "1002", "鈴木 花子")];
    writeFileSync(staffFile, JSON.stringify([...people, { group: GROUP, roles: ["approver"] }]));
    const judged = async () => [...(await checkSlack(settings))].sort();
    expect(await judged()).toEqual(["slack_user_group", "staff_cannot_issue"]);
    loopback.setGroup(GROUP, ["U_BOSS"]);
    loopback.fail("users.info", { status: 429, retryAfter: 1 });
    expect(await judged()).toEqual([]);
    loopback.deactivate("U_BOSS");
    expect(await judged()).toEqual(["staff_cannot_issue"]);
    // What cannot be asked is not known to be wrong.
    loopback.fail("usergroups.users.list", { error: "missing_scope" });
    expect(await judged()).toEqual(["slack_directory"]);
    for (const fault of ["slack_user_group", "slack_directory"])
      expect(words.has("slack", `doctor.${fault}`)).toBe(true);
    await scene.stop();
  });
});
