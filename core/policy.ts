import type { Actor } from "./guarantee/guarantee.ts";

/** Who may do what on the desk: one table. Roles come from STAFF_FILE. */

export const ROLES = ["clerk", "approver", "registrar", "auditor"] as const;
export type Role = (typeof ROLES)[number];

/** A member of staff as STAFF_FILE lists them. */
export interface StaffMember extends Actor {
  slack: string;
  roles: readonly Role[];
  branch: string | null;
}

export const DEEDS = [
  "help",
  "list",
  "show",
  "accept",
  "paid",
  "decline",
  "issue",
  "approve",
  "verify",
  "recover",
] as const;
/** What somebody wants to do; the English names of the slash commands. */
export type Deed = (typeof DEEDS)[number];

/** A deed needs any one of these roles. */
export const ROLES_FOR: Readonly<Record<Deed, readonly Role[]>> = {
  help: ROLES,
  list: ROLES,
  show: ROLES,
  verify: ["clerk", "approver", "auditor"],
  accept: ["clerk", "approver"],
  paid: ["clerk", "approver"],
  decline: ["clerk", "approver"],
  issue: ["clerk", "approver"],
  approve: ["approver"],
  recover: ["clerk", "approver"],
};

export function mayDo(person: StaffMember, deed: Deed): boolean {
  return ROLES_FOR[deed].some((role) => person.roles.includes(role));
}
