import type { Case } from "../../core/case.ts";
import { readSettings } from "../../core/config.ts";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { awaited } from "../../core/guarantee/awaited.ts";
import { isIssued, latestCertificate, type ProposedChange } from "../../core/guarantee/guarantee.ts";
import type { StaffMember } from "../../core/policy.ts";
import type { Result } from "../../core/result.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { type Running, startDesk } from "../../main.ts";
import { openDatabase } from "../../prisma/open.ts";
import { makeDesk } from "../desk/make-desk.ts";
import { DESK, type World } from "./world.ts";

/** What two people do to a case, by the use cases themselves, while the mail door of the same desk is open. */

const MAKER = member("1001", "佐藤 恵", ["clerk", "approver"]);
const CHECKER = member("1002", "田中 剛", ["approver"]);

function member(employee: string, name: string, roles: StaffMember["roles"]): StaffMember {
  return { slack: `U${employee}`, employee, name, roles, branch: null };
}

/** Opens the mail door of a world that has no desk, and sits down beside it. */
export async function openStaffDesk(world: World, databaseUrl: string) {
  const read = readSettings(world.env, ["mail"]);
  if (!read.ok) throw new Error(read.faults.map(({ name }) => name).join(", "));
  const running: Running = await startDesk(read.settings, ["mail"]);
  const database = await openDatabase({ url: databaseUrl, dataDir: "" });
  const { store } = database;
  const clock = { skewMs: 0 };
  const now = () => new Date(Date.now() + clock.skewMs).toISOString();
  const sealKey = world.env.SEAL_KEY ?? "";
  const { guarantor } = read.settings;
  const desk = makeDesk(store, { sealKey, now, policy: { guarantor, deskAddress: DESK } });
  const found = async (receiptNumber: string): Promise<Case> => {
    const one = await store.transact((tx) => tx.caseByReceipt(receiptNumber));
    if (one === null) throw new Error(`no case ${receiptNumber}`);
    return one;
  };
  /** What the maker asked for, checked by somebody else with the whole amount typed, and drawn. */
  async function approve(receiptNumber: string): Promise<void> {
    const one = await found(receiptNumber);
    const approvals = one.guarantees.flatMap((guarantee) => {
      const waits = awaited(guarantee);
      if (waits === null) return [];
      const { contentHash, guaranteedYen } = waits;
      return [{ guaranteeId: guarantee.id, contentHash, repeated: `${guaranteedYen}円` }];
    });
    const target = { caseId: one.id, only: null };
    done(await approveCase(desk, CHECKER, target, { expectedVersion: one.version, approvals }));
    await completeIssue(desk, one.id);
  }
  return {
    desk,
    clock,
    found,
    async issue(receiptNumber: string): Promise<void> {
      const one = await found(receiptNumber);
      const target = { caseId: one.id, only: null };
      const fees = one.guarantees.map(({ id }) => ({ guaranteeId: id, feeYen: 65_000 }));
      done(await acceptCase(desk, MAKER, target, { expectedVersion: one.version, fees }));
      const { guarantees } = done(await settleFee(desk, MAKER, target));
      const { version, contractor, application } = await found(receiptNumber);
      const until = guarantees.map(({ id }) => ({ guaranteeId: id, day: application.worksUntil ?? "" }));
      const printed = {
        contractorAddress: contractor?.address ?? "",
        contractorRepresentative: contractor?.representative ?? "",
      };
      done(await requestIssue(desk, MAKER, target, { expectedVersion: version, ...printed, until }));
      await approve(receiptNumber);
    },
    /** `propose` gets the content that holds. */
    async change(
      receiptNumber: string,
      kind: GuaranteeKind,
      propose: (content: ReturnType<typeof latestCertificate>["content"]) => ProposedChange,
    ): Promise<void> {
      const one = await found(receiptNumber);
      const guarantee = one.guarantees.filter(isIssued).find((g) => g.kind === kind);
      if (guarantee === undefined) throw new Error(`no ${kind} was issued`);
      const proposed = propose(latestCertificate(guarantee).content);
      const input = {
        ...{ expectedVersion: one.version, change: proposed.change, feeLookedAt: true },
        proposals: [{ guaranteeId: guarantee.id, proposed }],
      };
      done(await requestChange(desk, MAKER, { caseId: one.id, only: [kind] }, input));
      await approve(receiptNumber);
    },
    async close(): Promise<void> {
      await running.stop();
      await database.close();
    },
  };
}
export type StaffDesk = Awaited<ReturnType<typeof openStaffDesk>>;

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result.value;
}
