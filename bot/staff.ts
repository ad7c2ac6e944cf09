import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { type Deed, mayDo, ROLES, type StaffMember } from "../core/policy.ts";
import type { BotLog } from "./log.ts";

/** STAFF_FILE (contract section 2). A person may have several Slack accounts, a Slack account is one person. */
const staffFile = z
  .array(
    z.strictObject({
      slack: z.string().min(1),
      // Four eyes compare employees: width and stray spaces must not make two people of one.
      employee: z
        .string()
        .transform((text) => text.normalize("NFKC").trim())
        .pipe(z.string().min(1)),
      name: z.string().min(1),
      roles: z.array(z.enum(ROLES)),
      branch: z.string().nullable().default(null),
    }),
  )
  .refine(
    (list) => new Set(list.map(({ slack }) => slack)).size === list.length,
    "a slack id is listed twice",
  );

/** The people who work at the desk, as STAFF_FILE lists them now. */
export interface Staff {
  /** The member of staff behind a Slack account; `null` for everybody else. */
  bySlack(id: string): StaffMember | null;
  /** Everyone who may do this, one entry a person. */
  peopleWho(deed: Deed): StaffMember[];
}

/**
 * Opens STAFF_FILE. It is read again whenever its time or size changes; while it is broken the last good list holds
 * and the fault is logged once.
 * @throws when the file cannot be read at the first attempt: a desk without staff would be a locked door.
 */
export function openStaff(file: string, log: BotLog): Staff {
  let seen = stamp(file);
  let people = readStaff(file);
  const now = (): StaffMember[] => {
    try {
      const current = stamp(file);
      if (current === seen) return people;
      seen = current;
      people = readStaff(file);
      log.info({ people: people.length }, "STAFF_FILE reread");
    } catch (error) {
      log.error({ reason: String(error) }, "STAFF_FILE cannot be used; the last good list holds");
    }
    return people;
  };
  return {
    bySlack: (id) => now().find(({ slack }) => slack === id) ?? null,
    peopleWho: (deed) => {
      const able = now().filter((person) => mayDo(person, deed));
      return able.filter((person, i) => able.findIndex(({ employee }) => employee === person.employee) === i);
    },
  };
}

function stamp(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs} ${size} ${ino}`;
}

/** Reads and checks the file. Throws with the place of the first fault, never with its contents. */
export function readStaff(file: string): StaffMember[] {
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
