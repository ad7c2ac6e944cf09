import { expect } from "vitest";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { type ChangeInput, requestChange } from "../../core/desk/request-change.ts";
import { type Review, reviewCase } from "../../core/desk/review.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { awaited } from "../../core/guarantee/awaited.ts";
import type { ProposedChange } from "../../core/guarantee/guarantee.ts";
import type { StaffMember } from "../../core/policy.ts";
import { contractorSchema } from "../../core/registry.ts";
import type { Result } from "../../core/result.ts";
import { PEOPLE, type TestDesk } from "../desk/desk.ts";

const { clerk, approver } = PEOPLE;
export const whole = (caseId: string) => ({ caseId, only: null });
export const code = (result: Result<unknown>) => (result.ok ? "done" : result.refusal.code);

/** The steps of a guarantee's life as anybody with a good role could call them, past every screen. */
export function pastScreens(world: TestDesk) {
  async function paid(): Promise<string> {
    const id = await world.openCase();
    const { version, guarantees } = await world.found(id);
    const fees = guarantees.map((one) => ({ guaranteeId: one.id, feeYen: 65_000 }));
    expect(code(await acceptCase(world.desk, clerk, whole(id), { expectedVersion: version, fees }))).toBe(
      "done",
    );
    expect(code(await settleFee(world.desk, clerk, whole(id)))).toBe("done");
    return id;
  }

  async function ask(id: string, by: StaffMember = clerk, day = "2027-03-31"): Promise<Result<unknown>> {
    const { version, guarantees } = await world.found(id);
    return requestIssue(world.desk, by, whole(id), {
      ...{ expectedVersion: version, contractorAddress: "茨城県北相馬郡利根町布川1" },
      ...{ contractorRepresentative: "代表取締役 利根 太郎", certified: true },
      until: guarantees.map((one) => ({ guaranteeId: one.id, day })),
    });
  }

  /** What the checker's screen of this moment would send. */
  async function seen(id: string) {
    const { version, guarantees } = await world.found(id);
    const approvals = guarantees.flatMap((one) => {
      const waits = awaited(one);
      if (waits === null) return [];
      return [{ guaranteeId: one.id, contentHash: waits.contentHash, repeated: `${waits.guaranteedYen}円` }];
    });
    return { expectedVersion: version, approvals };
  }

  const approve = async (id: string, by: StaffMember = approver, given = seen(id)) =>
    approveCase(world.desk, by, whole(id), await given);

  async function issued(): Promise<string> {
    const id = await paid();
    expect(code(await ask(id))).toBe("done");
    expect(code(await approve(id))).toBe("done");
    await completeIssue(world.desk, id);
    return id;
  }

  async function change(
    id: string,
    proposed: ProposedChange,
    by: StaffMember = clerk,
    input: Partial<ChangeInput> = {},
  ): Promise<Result<unknown>> {
    const { version, guarantees } = await world.found(id);
    const proposals = guarantees.map((one) => ({ guaranteeId: one.id, proposed }));
    const asked = {
      expectedVersion: version,
      change: proposed.change,
      proposals,
      feeLookedAt: true,
      ...input,
    };
    return requestChange(world.desk, by, whole(id), asked);
  }

  async function review(id: string, by: StaffMember, changes: Partial<Review["application"]>) {
    const { version, application } = await world.found(id);
    return reviewCase(world.desk, by, id, {
      ...{ expectedVersion: version, application: { ...application, ...changes } },
      ...{ settledProblems: [], settledChecks: [], note: "", tellApplicant: false },
    });
  }

  async function register(addresses: string[]): Promise<void> {
    const contractor = contractorSchema.parse({
      ...{ name: "利根建設株式会社", address: "茨城県北相馬郡利根町布川1" },
      ...{ representative: "代表取締役 利根 太郎", addresses },
    });
    await world.store.transact((tx) => tx.replaceContractors([contractor], world.desk.now()));
  }

  return { paid, ask, seen, approve, issued, change, review, register };
}
