import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Case } from "../../core/case.ts";
import type { CheckInput } from "../../core/desk/checks.ts";
import type { StaffMember } from "../../core/policy.ts";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import type { Application } from "../../core/terms.ts";
import { openDatabase } from "../../prisma/open.ts";
import { freshDatabase } from "../database.ts";
import { application } from "./application.ts";
import { makeDesk } from "./make-desk.ts";
import { wayToIssue } from "./way.ts";

/** The use cases of the desk on a real database, without its doors. */

export const PEOPLE = {
  clerk: person("1001", "佐藤 一郎", ["clerk"]),
  approver: person("1002", "鈴木 花子", ["approver"]),
  both: person("1003", "高橋 次郎", ["clerk", "approver"]),
  auditor: person("1004", "田中 三郎", ["auditor"]),
} as const;

function person(employee: string, name: string, roles: StaffMember["roles"]): StaffMember {
  return { slack: `U${employee}`, employee, name, roles, branch: null };
}

/** Where the applicant and the town hall write from. */
export const APPLICANT = "suzuki@tone-kensetsu.example";
export const TOWN_HALL = "keiyaku@town.tone.example";

export async function openDesk({ approvals = 2 }: { approvals?: 1 | 2 } = {}) {
  const database = await freshDatabase();
  const opened = await openDatabase({ url: database.url, dataDir: "" });
  const { store } = opened;
  const clock = { skewMs: 0 };
  const now = () => new Date(Date.now() + clock.skewMs).toISOString();
  const desk = makeDesk(store, { now, policy: { approvals } });
  const orderer = ordererSchema.parse({
    ...{ name: "利根町", certificateName: "利根町長", prefecture: "茨城県" },
    mailboxes: [{ address: TOWN_HALL, confirmed: true }],
  });
  const contractor = contractorSchema.parse({
    ...{ name: "利根建設株式会社", address: "茨城県北相馬郡利根町布川1" },
    ...{ representative: "代表取締役 利根 太郎", addresses: [APPLICANT] },
  });
  await store.transact(async (tx) => {
    await tx.replaceOrderers([orderer], now());
    await tx.replaceContractors([contractor], now());
  });

  /** A case as a letter opens it. */
  async function openCase(
    changes: Partial<Application> = {},
    facts: Partial<Pick<Case, "problems" | "checks">> & Partial<CheckInput> = {},
  ): Promise<string> {
    const asked = application(changes);
    const id = randomUUID();
    await store.transact(async (tx) => {
      const [town] = await tx.ordererNamed("利根町長");
      const builder = await tx.contractorNamed("利根建設株式会社");
      await tx.insertCase({
        ...{ id, receiptNumber: await tx.nextReceiptNumber(), openedAt: now() },
        ...{ origin: "mail", letterId: `letter of ${id}`, senderAddress: APPLICANT, trust: "registered" },
        ...{ application: asked, problems: facts.problems ?? [], checks: facts.checks ?? [] },
        ...{ ordererId: town?.id ?? null, contractorId: builder?.id ?? null },
        guarantees: asked.guarantees.map((one) => ({
          ...{ id: randomUUID(), kind: one.kind, requested: one, status: "applied" },
        })),
      });
    });
    return id;
  }

  async function found(id: string): Promise<Case> {
    const one = await store.transact((tx) => tx.caseById(id));
    if (one === null) throw new Error("no such case");
    return one;
  }

  /** The town hall has asked about this guarantee and was told that it is confirmed. */
  async function seenByTown({ id: guaranteeId, number }: { id: string; number: string }): Promise<void> {
    await store.transact(async (tx) => {
      const [town] = await tx.ordererNamed("利根町長");
      const asked = { letterId: "letter", address: TOWN_HALL, ordererId: town?.id ?? null, number };
      const told = { outcome: "confirmed", failed: false, guaranteeId };
      await tx.saveAttempts([{ id: desk.newId(), at: now(), ...asked, ...told }]);
    });
  }

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    ...{ desk, store, clock, openCase, found, seenByTown, database: opened, url: database.url },
    ...wayToIssue(desk, PEOPLE, found, openCase),
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
      return (await client.query<Row>(text, values)).rows;
    },
    async close() {
      await client.end();
      await opened.close();
      await database.drop();
    },
  };
}
export type TestDesk = Awaited<ReturnType<typeof openDesk>>;
