import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { type Deed, mayDo, ROLES, type Role, type StaffMember } from "../core/policy.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Directory } from "./directory.ts";
import type { BotLog } from "./log.ts";

/** More people than a desk has; each costs one question to Slack every few minutes. */
const PEOPLE_MAX = 500;
/** Slack allows twenty questions about groups a minute (tier 2). */
const GROUPS_MAX = 20;

const roles = z.array(z.enum(ROLES));
const person = z.strictObject({
  slack: z.string().min(1),
  // Four eyes compare employees: width, spaces and marks without width must not make two people of one.
  employee: z
    .string()
    .transform((text) => text.normalize("NFKC").replace(/[\s\p{Cf}\p{Cc}]/gu, ""))
    .pipe(z.string().min(1)),
  name: z.string().min(1),
  roles: roles.default([]),
  branch: z.string().nullable().default(null),
});
const group = z.strictObject({ group: z.string().min(1), roles });

/** STAFF_FILE (contract section 2). A person may have several Slack accounts, a Slack account is one person. */
const staffFile = z
  .array(z.unknown())
  .transform((list) => ({
    people: list.filter((entry) => !isGroup(entry)),
    groups: list.filter(isGroup),
  }))
  .pipe(z.object({ people: z.array(person).max(PEOPLE_MAX), groups: z.array(group).max(GROUPS_MAX) }))
  .refine(({ people }) => distinct(people.map(({ slack }) => slack)), "a slack id is listed twice")
  .refine(
    ({ people }) => oneSpelling(people),
    "an employee number is written in capitals and in small letters",
  )
  .refine(({ groups }) => distinct(groups.map((one) => one.group)), "a group is listed twice");

function isGroup(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null && "group" in entry;
}

/** `e1003` and `E1003` would be two people to four eyes; whoever keeps the file knows which it is. */
function oneSpelling(people: readonly { employee: string }[]): boolean {
  const spelled = new Set(people.map(({ employee }) => employee));
  return new Set([...spelled].map((one) => one.toUpperCase())).size === spelled.size;
}

function distinct(ids: readonly string[]): boolean {
  return new Set(ids).size === ids.length;
}

/** What STAFF_FILE says: people with the roles of their own, and the roles that a Slack user group brings. */
export interface StaffList {
  people: StaffMember[];
  groups: { group: string; roles: Role[] }[];
}

/** The people who work at the desk, as STAFF_FILE and Slack's user groups have them now. */
export interface Staff {
  /** The member of staff behind a Slack account with the roles of this moment, or why there is none. */
  admitted(slack: string): Result<StaffMember>;
  /** The same; `null` for everybody who is not admitted. */
  bySlack(slack: string): StaffMember | null;
  /** Everyone who may do this, one entry a person. */
  peopleWho(deed: Deed): StaffMember[];
}

/**
 * Opens STAFF_FILE. It is read again whenever its time or size changes; while it is broken the last good list holds
 * and the fault is logged once. The directory is told whom to ask Slack about.
 * @throws when the file cannot be read at the first attempt: a desk without staff would be a locked door.
 */
export function openStaff(file: string, log: BotLog, directory: Directory = NOBODY_ASKED): Staff {
  let seen = stamp(file);
  let list = readStaff(file);
  directory.follow(wantedOf(list));
  const now = (): StaffList => {
    try {
      const current = stamp(file);
      if (current === seen) return list;
      seen = current;
      list = readStaff(file);
      directory.follow(wantedOf(list));
      log.info({ people: list.people.length }, "STAFF_FILE reread");
    } catch (error) {
      log.error({ reason: String(error) }, "STAFF_FILE cannot be used; the last good list holds");
    }
    return list;
  };
  return staffOf(now, directory);
}

/** Without Slack: roles of groups do not hold, and nobody is known to be deactivated. */
const NOBODY_ASKED: Directory = {
  isMember: () => false,
  isDeactivated: () => false,
  follow: () => {},
};

/** Staff by a list and what Slack last said about it. */
function staffOf(now: () => StaffList, directory: Directory): Staff {
  const admitted = (slack: string): Result<StaffMember> => {
    const { people, groups } = now();
    const listed = people.find((one) => one.slack === slack);
    if (listed === undefined)
      return groups.some(({ group: id }) => directory.isMember(id, slack))
        ? refuse("not_mapped")
        : refuse("not_staff");
    if (directory.isDeactivated(slack)) return refuse("deactivated");
    return ok(withGroups(listed, groups, directory));
  };
  return {
    admitted,
    bySlack: (slack) => {
      const result = admitted(slack);
      return result.ok ? result.value : null;
    },
    peopleWho: (deed) => {
      const able = ableTo(deed, now(), directory);
      return able.filter((one, i) => able.findIndex(({ employee }) => employee === one.employee) === i);
    },
  };
}

/** Everyone on the list who can do this now, an entry an account. */
export function ableTo(deed: Deed, { people, groups }: StaffList, directory: Directory): StaffMember[] {
  return people
    .filter(({ slack }) => !directory.isDeactivated(slack))
    .map((one) => withGroups(one, groups, directory))
    .filter((one) => mayDo(one, deed));
}

function withGroups(one: StaffMember, groups: StaffList["groups"], directory: Directory): StaffMember {
  const brought = groups.filter(({ group: id }) => directory.isMember(id, one.slack));
  return { ...one, roles: [...new Set([...one.roles, ...brought.flatMap((each) => each.roles)])] };
}

/** Whom to ask Slack about. */
export function wantedOf({ people, groups }: StaffList): { people: string[]; groups: string[] } {
  return { people: people.map(({ slack }) => slack), groups: groups.map((one) => one.group) };
}

function stamp(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs} ${size} ${ino}`;
}

/** Reads and checks the file. Throws with the place of the first fault, never with its contents. */
export function readStaff(file: string): StaffList {
  const parsed = staffFile.safeParse(parseJson(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "malformed"}`);
}

/** The parser's own message would quote the file. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("not JSON");
  }
}
