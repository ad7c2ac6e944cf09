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

/** The subcommands of `/hosho`, in the order of the help (contract section 8). */
export const DEEDS = [
  "help",
  "list",
  "find",
  "show",
  "review",
  "accept",
  "paid",
  "return",
  "decline",
  "withdraw",
  "issue",
  "approve",
  "amend",
  "rectify",
  "unamend",
  "cancel",
  "release",
  "resend",
  "verify",
  "quote",
  "new",
  "orderer",
  "contractor",
  "stats",
  "audit",
  "recover",
] as const;

/** Deeds that stand behind buttons only: the registries are changed by one person and confirmed by another. */
const INNER_DEEDS = ["register", "confirm_registry"] as const;

/** What somebody wants to do; the English names of the slash commands, and what stands behind them. */
export type Deed = (typeof DEEDS)[number] | (typeof INNER_DEEDS)[number];

const WORKERS: readonly Role[] = ["clerk", "approver"];

/** A deed needs any one of these roles. */
export const ROLES_FOR: Readonly<Record<Deed, readonly Role[]>> = {
  help: ROLES,
  list: ROLES,
  find: ROLES,
  show: ROLES,
  review: WORKERS,
  accept: WORKERS,
  paid: WORKERS,
  return: WORKERS,
  decline: WORKERS,
  withdraw: WORKERS,
  issue: WORKERS,
  approve: ["approver"],
  amend: WORKERS,
  rectify: WORKERS,
  unamend: WORKERS,
  cancel: WORKERS,
  release: WORKERS,
  resend: WORKERS,
  verify: ["clerk", "approver", "auditor"],
  quote: ROLES,
  new: WORKERS,
  orderer: ROLES,
  contractor: ROLES,
  stats: ROLES,
  audit: ROLES,
  recover: WORKERS,
  register: ["registrar"],
  confirm_registry: ["registrar", "approver"],
};

export function mayDo(person: StaffMember, deed: Deed): boolean {
  return ROLES_FOR[deed].some((role) => person.roles.includes(role));
}
