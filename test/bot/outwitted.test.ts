import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completeIssue } from "../../core/desk/complete.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { sendBack } from "../../core/desk/send-back.ts";
import { isIssued, latestCertificate } from "../../core/guarantee/guarantee.ts";
import type { StaffMember } from "../../core/policy.ts";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import { APPLICANT, openDesk, PEOPLE, type TestDesk } from "../desk/desk.ts";
import { code, pastScreens, whole } from "./past-screens.ts";

/** Four eyes against people with a good account and a good role, past every screen: the steps themselves refuse. */

const { clerk, approver, both } = PEOPLE;
let world: TestDesk;
let steps: ReturnType<typeof pastScreens>;
beforeAll(async () => {
  world = await openDesk();
  steps = pastScreens(world);
});
afterAll(() => world.close());

describe("whoever amends is the maker", () => {
  it("an approver who edits what is printed leaves nothing to approve; who leads the key elsewhere neither", async () => {
    for (const edit of [
      { worksTitle: "町道113号線改良工事" },
      { directSubmission: true },
      { completionEmail: APPLICANT },
    ]) {
      const id = await steps.paid();
      await steps.ask(id);
      const before = steps.seen(id);
      await before;
      expect(code(await steps.review(id, approver, edit))).toBe("done");
      const { guarantees } = await world.found(id);
      expect(guarantees.map(({ status }) => status)).toEqual(["accepted", "accepted"]);
      expect(["stale_screen", "wrong_status"]).toContain(code(await steps.approve(id, approver, before)));
      expect(code(await steps.approve(id))).toBe("wrong_status");
      // He asks for it himself: then somebody else has to approve.
      expect(code(await steps.ask(id, both))).toBe("done");
      expect(code(await steps.approve(id, both))).toBe("same_person");
      expect(code(await steps.approve(id))).toBe("done");
    }
  });

  it("a change asked for anew takes approval away from its last maker, also when nothing in it is new", async () => {
    const id = await steps.issued();
    const cancel = { change: "cancel", on: (await world.desk.now()).slice(0, 10), reason: "解除" } as const;
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    expect(code(await steps.change(id, { ...cancel, on: today }))).toBe("done");
    const older = await steps.seen(id);
    expect(code(await steps.change(id, { ...cancel, on: today }, both))).toBe("done");
    expect(code(await steps.approve(id, both))).toBe("same_person");
    expect(code(await steps.approve(id, approver, Promise.resolve(older)))).toBe("stale_screen");
    expect(code(await steps.approve(id))).toBe("done");
  });

  it("a second account, another width or spacing of the number is no second person", async () => {
    const id = await steps.paid();
    await steps.ask(id, both);
    const twin = { ...both, slack: "U_TWIN", roles: ["approver"] } as const;
    expect(code(await steps.approve(id, twin))).toBe("same_person");
  });
});

describe("what is approved is what was shown", () => {
  it("content exchanged behind the screen, a hash of another product, another case's guarantee: stale", async () => {
    const [id, other] = [await steps.paid(), await steps.paid()];
    await steps.ask(id);
    await steps.ask(other);
    const shown = await steps.seen(id);
    const foreign = await steps.seen(other);
    const [first, second] = shown.approvals;
    if (first === undefined || second === undefined) throw new Error("two products wait");
    const swapped = [
      { ...first, contentHash: second.contentHash },
      { ...second, contentHash: first.contentHash },
    ];
    const at = { expectedVersion: shown.expectedVersion };
    expect(code(await steps.approve(id, approver, Promise.resolve({ ...at, approvals: swapped })))).toBe(
      "stale_screen",
    );
    expect(code(await steps.approve(id, approver, Promise.resolve({ ...foreign, ...at })))).toBe(
      "stale_screen",
    );
    expect(code(await steps.approve(id, approver, Promise.resolve({ ...at, approvals: [] })))).toBe(
      "stale_screen",
    );
    await steps.ask(id, clerk, "2027-04-30");
    expect(code(await steps.approve(id, approver, Promise.resolve(shown)))).toBe("stale_screen");
  });

  it.each([
    ...["20000000.0", "−20000000", "▲20000000", "-20,000,000", "20000000/5000000", "20,000,000円ではない"],
    ...[
      "20000000ドル",
      "20000000 20000000",
      "\u202e20000000",
      "約2千万円",
      "2000万円以下",
      "",
      "9".repeat(1e6),
    ],
  ])("an amount such as %j is not the whole amount", async (repeated) => {
    const id = await asked();
    const shown = await steps.seen(id);
    const approvals = shown.approvals.map((one) => ({ ...one, repeated }));
    expect(code(await steps.approve(id, approver, Promise.resolve({ ...shown, approvals })))).toBe(
      "amount_not_repeated",
    );
    expect(
      (
        await world.query(
          "SELECT 1 FROM sealed_keys JOIN guarantees g ON g.id = guarantee_id WHERE case_id = $1",
          [id],
        )
      ).length,
    ).toBe(0);
  });

  it.each(["20,000,000円", "２０，０００，０００", "￥20,000,000-", "2千万円", "金弐千万円也"])(
    "%j is",
    async (typed) => {
      const id = await asked();
      const shown = await steps.seen(id);
      const approvals = shown.approvals.slice(0, 1).map((one) => ({ ...one, repeated: typed }));
      expect(code(await steps.approve(id, approver, Promise.resolve({ ...shown, approvals })))).toBe("done");
    },
  );

  let standing: string | null = null;
  /** One case serves all that is refused. */
  async function asked(): Promise<string> {
    if (standing !== null && (await steps.seen(standing)).approvals.length === 2) return standing;
    standing = await steps.paid();
    await steps.ask(standing);
    return standing;
  }

  it("two approvers and fifty clicks at once make one decision a product; nobody decides it again", async () => {
    const id = await steps.paid();
    await steps.ask(id);
    const shown = steps.seen(id);
    await shown;
    const clicks = Array.from({ length: 50 }, (_, n) =>
      steps.approve(id, n % 2 === 0 ? approver : both, shown),
    );
    const outcomes = (await Promise.all(clicks)).map(code);
    expect(outcomes.filter((one) => one === "done")).toHaveLength(1);
    expect(code(await sendBack(world.desk, clerk, whole(id), { reason: "やり直し" }))).not.toBe("done");
    const rows = await world.query(
      "SELECT 1 FROM decisions WHERE subject IN (SELECT id FROM guarantees WHERE case_id = $1)",
      [id],
    );
    expect(rows).toHaveLength(2);
  });

  it("takes no day that is none: such a case could never be read again", async () => {
    const id = await steps.paid();
    for (const day of ["2027-99-99", "2028-02-30", "2027-04-30'; --", "9999"])
      expect(code(await steps.ask(id, clerk, day))).not.toBe("done");
    const done = await steps.issued();
    const [one] = (await world.found(done)).guarantees;
    if (one === undefined || !isIssued(one)) throw new Error("not issued");
    const { content } = latestCertificate(one);
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    expect(
      code(
        await steps.change(done, {
          change: "amend",
          content: { ...content, guaranteeUntil: "2027-13-01" },
          reason: "延長",
        }),
      ),
    ).not.toBe("done");
    expect(
      code(await steps.change(done, { change: "cancel", on: `${today.slice(0, 9)}\u0000`, reason: "解除" })),
    ).toBe("day_out_of_range");
    expect((await world.found(done)).guarantees).toHaveLength(2);
  });
});

it("a contractor changed between request and approval changes nothing of what two people see and sign", async () => {
  const id = await steps.paid();
  await steps.ask(id);
  const shown = await steps.seen(id);
  const moved = contractorSchema.parse({
    ...{ name: "利根建設株式会社", address: "東京都千代田区9", representative: "代表取締役 他人 太郎" },
    addresses: [APPLICANT],
  });
  await world.store.transact((tx) => tx.replaceContractors([moved], world.desk.now()));
  expect(code(await steps.approve(id, approver, Promise.resolve(shown)))).toBe("done");
  await completeIssue(world.desk, id);
  for (const one of (await world.found(id)).guarantees) {
    if (!isIssued(one)) throw new Error("not issued");
    expect(latestCertificate(one).content.contractorRepresentative).toBe("代表取締役 利根 太郎");
  }
  await steps.register([APPLICANT]);
});

describe("where keys go", () => {
  const NEW = "new@tone-kensetsu.example";
  const OTHER = "sakura@tone-kensetsu.example";
  const sent = async (id: string) =>
    (
      await world.query<{ to: string }>(
        `SELECT recipient AS "to" FROM outbound_letters WHERE case_id = $1 AND template = 'key_resent' ORDER BY recipient`,
        [id],
      )
    ).map(({ to }) => to);
  const resend = async (id: string, to: string, by: StaffMember = clerk, nth: number[] = [0, 1]) => {
    const { version, guarantees } = await world.found(id);
    const guaranteeIds = nth.flatMap((n) => guarantees[n]?.id ?? []);
    return resendNotice(world.desk, by, whole(id), {
      expectedVersion: version,
      guaranteeIds,
      to,
      reason: "",
    });
  };

  it("not to an unregistered or another contractor's address, nor to one removed before the approval", async () => {
    const id = await steps.issued();
    expect(code(await resend(id, "thief@example.com"))).toBe("address_not_registered");
    await world.store.transact((tx) =>
      tx.replaceContractors(
        [
          contractorSchema.parse({
            ...{ name: "他社建設株式会社", address: "東京都1", representative: "代表 他" },
            addresses: ["other@tasha.example"],
          }),
        ],
        world.desk.now(),
      ),
    );
    expect(code(await resend(id, "other@tasha.example"))).toBe("address_not_registered");
    await steps.register([APPLICANT, NEW]);
    expect(code(await resend(id, NEW))).toBe("done");
    expect(await sent(id)).toEqual([]);
    expect(code(await steps.approve(id, clerk))).toBe("role_missing");
    await steps.register([APPLICANT]);
    expect(code(await steps.approve(id))).toBe("address_not_registered");
    expect(await sent(id)).toEqual([]);
    // Registered once more it is a new address again.
    await steps.register([APPLICANT, NEW]);
    expect(code(await resend(id, NEW, both))).toBe("done");
    expect(code(await steps.approve(id, both))).toBe("same_person");
    expect(code(await steps.approve(id))).toBe("done");
    expect(await sent(id)).toEqual([NEW]);
    await steps.register([APPLICANT]);
  });

  it("each product's where it was approved to go", async () => {
    const id = await steps.issued();
    await steps.register([APPLICANT, NEW, OTHER]);
    expect(code(await resend(id, NEW, clerk, [0]))).toBe("done");
    expect(code(await resend(id, OTHER, clerk, [1]))).toBe("done");
    expect(code(await steps.approve(id))).toBe("done");
    expect(await sent(id)).toEqual([NEW, OTHER]);
    await steps.register([APPLICANT]);
  });

  it("a namesake of the orderer, registered later, takes nobody's place", async () => {
    const id = await steps.issued();
    const orderer = (await world.found(id)).orderer?.id;
    const twin = ordererSchema.parse({ name: "利根町", certificateName: "利根町長", prefecture: "千葉県" });
    await world.store.transact((tx) => tx.replaceOrderers([twin], world.desk.now()));
    try {
      expect(
        code(
          await steps.review(id, clerk, {
            contact: { department: null, title: null, name: "利根 花子", phone: null },
          }),
        ),
      ).toBe("done");
      expect((await world.found(id)).orderer?.id).toBe(orderer);
    } finally {
      await world.query("DELETE FROM orderers WHERE prefecture = '千葉県'");
    }
  });

  it("a guarantee that has ended stays its orderer's and its contractor's", async () => {
    const id = await steps.issued();
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    await steps.change(id, { change: "cancel", on: today, reason: "解除" });
    expect(code(await steps.approve(id))).toBe("done");
    for (const edit of [{ ordererName: "他町長" }, { contractorName: "他社建設株式会社" }])
      expect(code(await steps.review(id, approver, edit))).toBe("review_too_late");
  });
});
