import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaited } from "../../core/guarantee/awaited.ts";
import { DEEDS } from "../../core/policy.ts";
import { forger, typed } from "./forger.ts";
import { type LifeCase, type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** What no screen sends: a button, a modal, a value made by hand, by whoever has an account or even the signing secret. */

let scene: Scene;
let life: LifeScene;
let forge: ReturnType<typeof forger>;
let waiting: LifeCase;
let other: LifeCase;
let applied: LifeCase;
beforeAll(async () => {
  scene = await openScene({ mode: "http" });
  life = lifeScene(scene);
  forge = forger(scene);
  applied = await scene.openCase();
  waiting = await life.asked();
  other = await life.asked();
});
afterAll(() => scene.stop());

/** Everything that anybody's deed leaves behind, but for looks. */
async function traces(): Promise<unknown> {
  const [cases, letters, decisions, registry, audit] = await Promise.all([
    life.query("SELECT id, version, application, ended FROM cases ORDER BY id"),
    life.query("SELECT count(*) FROM outbound_letters"),
    life.query("SELECT count(*) FROM decisions"),
    life.query("SELECT id, state FROM registry_changes ORDER BY id"),
    life.query("SELECT count(*) FROM audit_entries WHERE action NOT LIKE '%viewed%'"),
  ]);
  return { cases, letters, decisions, registry, audit };
}

/** The desk still answers, and nothing has changed. */
async function untouched(attack: () => Promise<unknown>): Promise<void> {
  const before = await traces();
  await attack();
  expect(await traces()).toEqual(before);
  expect((await life.command("U_CLERK", "一覧")).text).toContain(waiting.receiptNumber);
}

/** The metadata of the approver's modal of a case, as it stands now. */
async function metaOf(one: LifeCase) {
  const { id, version, guarantees } = await life.found(one.id);
  const shown = guarantees.map((g) => ({ id: g.id, kind: g.kind, hash: awaited(g)?.contentHash ?? "" }));
  return { caseId: id, version, only: null, channel: "C_DESK", guarantees: shown };
}

const MODALS = [
  ...[
    "accept",
    "return",
    "decline",
    "withdraw",
    "issue",
    "review",
    "new",
    "approve",
    "amend",
    "amend_amount",
  ],
  ...[
    "rectify",
    "unamend",
    "cancel",
    "release",
    "resend",
    "contractor",
    "registry_confirm",
    "registry_refuse",
  ],
];
/** An empty form of these is an answer: an application is opened, or taken back without a reason. */
const NO_VALUES = ["new", "withdraw"];
const ACTIONS = [
  ...DEEDS.map((deed) => `case.${deed}`),
  ...["letter.reading", "letter.original", "recover.retry", "recover.close", "recover.show"],
  ...["contractor.show", "contractor.new", "contractor.edit", "contractor.history", "orderer.show"],
  ...["orderer.confirm", "orderer.unconfirm", "registry.confirm", "registry.refuse", "registry.withdraw"],
  ...[
    "audit.more",
    "task.done.0",
    "home.new",
    "home.recover",
    "case.menu",
    "case.",
    "",
    "constructor.x",
    "__proto__",
    "toString.x",
  ],
];

describe("values made by hand", () => {
  const GARBAGE = () => [
    ...["", ":", "x", "0", `${waiting.id}:0`, `${waiting.id}:99999999999`, `${waiting.id}:-1`, "nobody:1"],
    ...[
      "case.approve|",
      "case.menu|case.menu|x:1",
      `case.approve|${waiting.id}:0`,
      "__proto__|x:1",
      "home.new|x",
    ],
    ...[
      "in:x",
      "out:x:0",
      "' OR 1=1 --:1",
      "\u0000:1",
      "\u202e:1",
      `${"9".repeat(100)}:1`,
      "9".repeat(100_000),
    ],
  ];

  it("at buttons change nothing, whatever the button, and are answered", async () => {
    await untouched(async () => {
      for (const action of ACTIONS)
        for (const value of GARBAGE()) {
          if (value === "" && action.startsWith("home.")) continue;
          const { status } = await forge.click("U_BOTH", action, value);
          expect([action, value, status]).toEqual([action, value, 200]);
        }
    });
  }, 60_000);

  it("of another shape than a button's change nothing", async () => {
    await untouched(async () => {
      for (const value of [null, 7, {}, [], { toString: "x" }, ["a"]])
        for (const action of ["case.approve", "case.paid", "task.done.0", "registry.withdraw", "case.menu"])
          await forge.click("U_BOTH", action, value);
    });
  });

  it("in what a modal carries along change nothing", async () => {
    const meta = await metaOf(waiting);
    const metas = [
      ...["", "null", "[]", "{}", "{", '"x"', "7", JSON.stringify({ channel: {} }), "9".repeat(100_000)],
      ...[{ caseId: null }, { version: "1" }, { only: ["all"] }, { guarantees: null }].map((one) =>
        JSON.stringify({ ...meta, ...one }),
      ),
      ...[{ version: 0 }, { version: 2 ** 31 }, { version: 1e300 }, { caseId: "\u0000" }, { only: [] }].map(
        (one) => JSON.stringify({ ...meta, ...one, id: applied.id, hash: "x" }),
      ),
    ];
    await untouched(async () => {
      for (const modal of MODALS.filter((one) => one !== "new"))
        for (const one of metas)
          await forge.submit("U_BOTH", modal, one, typed({ reason: "x", confirmed: "confirmed" }));
      await forge.submit("U_BOTH", "new", JSON.stringify({ id: "x".repeat(101), channel: null }), typed({}));
    });
  }, 60_000);

  it("in a modal without its values, with inputs of another kind, or of a modal that is none, change nothing", async () => {
    const meta = JSON.stringify({ ...(await metaOf(waiting)), id: "none", hash: "x" });
    const odd = {
      amount: null,
      reason: { value: null },
      on: { value: { type: "datepicker", selected_date: 7 } },
    };
    await untouched(async () => {
      for (const modal of [...MODALS.filter((one) => !NO_VALUES.includes(one)), "constructor", "nothing", ""])
        for (const values of [null, {}, odd, { reason: [] }, { reason: { a: {}, b: {} } }])
          await forge.submit("U_BOTH", modal, meta, values as never);
    });
  }, 60_000);

  it("of ten megabytes, with U+0000 or lone surrogates leave the desk as it was", async () => {
    const meta = JSON.stringify(await metaOf(waiting));
    await untouched(async () => {
      await forge
        .submit("U_BOTH", "return", meta, typed({ reason: "あ".repeat(3_500_000) }))
        .catch(() => undefined);
      await forge.submit("U_BOTH", "return", meta, typed({ reason: "x".repeat(3001) }));
      await forge.submit("U_BOTH", "return", meta, typed({ reason: "\u0000 \u200b\n" }));
    });
    const { id } = applied;
    const { version, guarantees } = await life.found(id);
    const its = { caseId: id, version, only: null, channel: null, guarantees };
    await forge.submit(
      "U_CLERK",
      "return",
      JSON.stringify(its),
      typed({ reason: "\u0000工期\ud800の終期\u202e" }),
    );
    expect((await life.found(id)).guarantees[0]).toMatchObject({
      status: "returned",
      reason: "工期\ufffdの終期\u202e",
    });
  }, 60_000);
});

describe("the approver's modal, made by hand", () => {
  const amounts = async (one: LifeCase) =>
    typed(
      Object.fromEntries(
        (await life.found(one.id)).guarantees.map((g) => [
          `amount:${g.id}`,
          String(g.requested.guaranteedYen),
        ]),
      ),
    );

  it("approves no guarantee of another case, no other content, no older version, and nothing of the maker's", async () => {
    const [mine, theirs] = [await metaOf(waiting), await metaOf(other)];
    const values = { ...(await amounts(waiting)), ...(await amounts(other)) };
    const [first, second] = mine.guarantees;
    if (first === undefined || second === undefined) throw new Error("two products wait");
    await untouched(async () => {
      for (const forged of [
        { ...mine, guarantees: theirs.guarantees },
        { ...mine, caseId: other.id },
        { ...mine, version: mine.version - 1 },
        { ...mine, only: ["interim_advance_payment" as const] },
        { ...mine, guarantees: [{ ...first, hash: second.hash }] },
        { ...mine, guarantees: [{ ...first, hash: "" }] },
        { ...mine, guarantees: [] },
      ])
        expect((await forge.submit("U_BOSS", "approve", JSON.stringify(forged), values)).status).toBe(200);
      // The clerk has not the role; nobody approves with the amount of the other product.
      await forge.submit("U_CLERK", "approve", JSON.stringify(mine), values);
      const crossed = { [`amount:${first.id}`]: values[`amount:${second.id}`] ?? {} };
      await forge.submit("U_BOSS", "approve", JSON.stringify(mine), crossed as never);
    });
  });

  it("is carried out when it is what a screen would have sent: the refusals above are not for nothing", async () => {
    const one = await life.asked();
    await forge.submit("U_BOSS", "approve", JSON.stringify(await metaOf(one)), await amounts(one));
    expect(await life.decisions(one)).toHaveLength(2);
    await life.drawn(one);
  });
});

it("a form sent twice, or under the id of another case, opens and changes no second one", async () => {
  await untouched(async () => {
    const meta = JSON.stringify({ id: waiting.id, channel: null });
    await forge.submit("U_CLERK", "new", meta, typed({ worksTitle: "別の工事", origin: "phone" }));
  });
});

it("a request that Slack did not sign, or signed long ago, is nobody's", async () => {
  const meta = JSON.stringify(await metaOf(waiting));
  await untouched(async () => {
    expect((await forge.click("U_BOSS", "case.paid", `${waiting.id}:1`, "guessed")).status).toBe(401);
    const body = `payload=${encodeURIComponent(JSON.stringify({ type: "view_submission", user: { id: "U_BOSS" }, view: { callback_id: "approve", private_metadata: meta, state: { values: {} } } }))}`;
    const old = await forge.post(
      "application/x-www-form-urlencoded",
      body,
      undefined,
      Date.now() - 6 * 60_000,
    );
    expect(old.status).toBe(401);
    for (const junk of ["", "payload=", "payload={", "payload=[]", "x".repeat(100_000)])
      await forge.post("application/x-www-form-urlencoded", junk);
    await forge.post("application/json", '{"type":"event_callback","event":{"type":"app_home_opened"}}');
  });
});

describe("whoever is not of the desk", () => {
  const REFUSED = {
    U_STRANGER: "担当者として登録されていない",
    U_BOSS: "このSlackアカウントは無効",
  } as const;

  it.each(["U_STRANGER", "U_BOSS"] as const)(
    "as %s gets one and the same sentence, whatever he asks",
    async (who) => {
      if (who === "U_BOSS") {
        scene.slack.deactivate("U_BOSS");
        // Slack is asked whenever the list was read anew.
        writeFileSync(scene.staffFile, `${readFileSync(scene.staffFile, "utf8")} `);
        await expect
          .poll(async () => (await life.command("U_BOSS", "一覧")).text, { timeout: 5000 })
          .toContain("無効");
      }
      const answers = new Set<string>();
      await untouched(async () => {
        for (const deed of DEEDS)
          for (const rest of ["", ` ${waiting.receiptNumber}`, " A-999999"])
            answers.add((await life.command(who, `${deed}${rest}`)).text);
        for (const text of ["", "なんでもない", waiting.receiptNumber])
          answers.add((await life.command(who, text)).text);
      });
      expect(answers.size).toBe(1);
      expect([...answers][0]).toContain(REFUSED[who]);
      await untouched(async () => {
        for (const action of ACTIONS.filter((one) => one !== "")) {
          const { text } = await forge.click(who, action, `${waiting.id}:1`);
          expect([action, text.includes(REFUSED[who])]).toEqual([action, true]);
        }
        for (const modal of MODALS) {
          const { text } = await forge.submit(who, modal, JSON.stringify(await metaOf(waiting)), typed({}));
          expect([modal, text.includes(REFUSED[who])]).toEqual([modal, true]);
        }
      });
      const home = await scene.slack.person(who).openHome();
      expect(JSON.stringify(home)).toContain(REFUSED[who]);
      expect(JSON.stringify(home)).not.toContain("A-0");
      expect(scene.slack.view(who)).toBeUndefined();
    },
    60_000,
  );

  it("without a role sees no case either", async () => {
    for (const deed of [
      "一覧",
      "検索 工事",
      `詳細 ${waiting.receiptNumber}`,
      `監査 ${waiting.receiptNumber}`,
      "統計",
      "受注者 利根",
      "復旧",
      "",
    ])
      expect((await life.command("U_NONE", deed)).text).not.toMatch(/町道112号線|利根建設|A-000001/);
    expect(JSON.stringify(await scene.slack.person("U_NONE").openHome())).not.toContain("A-0");
  });
});
