import type { Case } from "../../core/case.ts";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { awaited } from "../../core/guarantee/awaited.ts";
import type { StaffMember } from "../../core/policy.ts";
import type { Desk } from "../../core/ports.ts";
import type { Result } from "../../core/result.ts";
import type { Application, Yen } from "../../core/terms.ts";

/** The way of a case to an issued guarantee, each step for all its products and as a screen of this moment would do it. */

interface People {
  clerk: StaffMember;
  approver: StaffMember;
}

export function wayToIssue(
  desk: Desk,
  { clerk, approver }: People,
  found: (caseId: string) => Promise<Case>,
  openCase: (changes: Partial<Application>) => Promise<string>,
) {
  const whole = (caseId: string) => ({ caseId, only: null });

  /** 引受, at this fee for each product. */
  async function accept(caseId: string, feeYen: Yen = 65_000): Promise<Result<Case>> {
    const { version: expectedVersion, guarantees } = await found(caseId);
    const fees = guarantees.map(({ id }) => ({ guaranteeId: id, feeYen }));
    return acceptCase(desk, clerk, whole(caseId), { expectedVersion, fees });
  }

  /** 発行の申請, guaranteed until the end of the works. */
  async function request(caseId: string): Promise<Result<Case>> {
    const { version: expectedVersion, guarantees, application } = await found(caseId);
    return requestIssue(desk, clerk, whole(caseId), {
      ...{ expectedVersion, contractorAddress: "茨城県北相馬郡利根町布川1" },
      contractorRepresentative: "代表取締役 利根 太郎",
      until: guarantees.map(({ id }) => ({ guaranteeId: id, day: application.worksUntil ?? "" })),
    });
  }

  /** 承認 of whatever waits for it, first issue or change. */
  async function approve(caseId: string): Promise<Result<Case>> {
    const { version: expectedVersion, guarantees } = await found(caseId);
    const approvals = guarantees.flatMap((one) => typed(one));
    return approveCase(desk, approver, whole(caseId), { expectedVersion, approvals });
  }

  /** All products of a case in force, their documents drawn. @returns the case's id. */
  async function issuedCase(changes: Partial<Application> = {}): Promise<string> {
    const caseId = await openCase(changes);
    const settle = () => settleFee(desk, clerk, whole(caseId));
    for (const step of [accept, settle, request, approve]) {
      const done = await step(caseId);
      if (!done.ok) throw new Error(`${step.name}: ${done.refusal.code}`);
    }
    await completeIssue(desk, caseId);
    return caseId;
  }

  return { accept, request, approve, issuedCase };
}

/** What a checker of this guarantee sees and types; nothing when it waits for none. @param tooMuch a slip, in yen. */
export function typed(guarantee: Case["guarantees"][number], tooMuch = 0) {
  const waits = awaited(guarantee);
  if (waits === null) return [];
  const repeated = `${waits.guaranteedYen + tooMuch}円`;
  return [{ guaranteeId: guarantee.id, contentHash: waits.contentHash, repeated }];
}
