import { readFile } from "node:fs/promises";
import { openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { importRegistry } from "../../prisma/registries.ts";
import { clerkAddress } from "./letters.ts";

/** What is done to the program's tables from outside; they are never counted. */

/** Gives the town as many clerks, each with a confirmed address of her own. */
export async function registerClerks(url: string, dataDir: string, count: number): Promise<void> {
  const text = await readFile(new URL("../../prisma/samples/orderers.json", import.meta.url), "utf8");
  const orderers: { mailboxes: Record<string, unknown>[] }[] = JSON.parse(text);
  const town = orderers[0];
  const mailbox = town?.mailboxes[0];
  if (town === undefined || mailbox === undefined) throw new Error("the sample registry has no mailbox");
  for (let n = 1; n <= count; n++) town.mailboxes.push({ ...mailbox, address: clerkAddress(n) });
  const database = await openDatabase({ url, dataDir });
  try {
    const result = await importRegistry(database.store, "orderers", orderers, new Date().toISOString());
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
  } finally {
    await database.close();
  }
}

/** The planted fault: nothing in the tables keeps a letter or an answer from being written twice. */
export function forgetUniqueness(url: string): Promise<void> {
  return run(
    url,
    `DROP INDEX letters_mailbox_uid_validity_uid_key, letters_original_content, outbound_letters_cause_template_key`,
  );
}

/**
 * From now on every job of these queues (a LIKE pattern; the mail door's unless told) is handed out twice, at the same time: a queue promises "at least once", and a
 * process that hangs for longer than its heartbeat still does its job beside whoever got it next.
 */
export function doubleJobs(url: string, queues = "mail.%"): Promise<void> {
  return run(
    url,
    `CREATE FUNCTION public.crash_double() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF pg_trigger_depth() = 1 AND NEW.name LIKE '${queues}' THEN
         NEW.id := gen_random_uuid();
         INSERT INTO jobs.job SELECT NEW.*;
       END IF;
       RETURN NULL;
     END $$;
     CREATE TRIGGER crash_double AFTER INSERT ON jobs.job FOR EACH ROW EXECUTE FUNCTION public.crash_double()`,
  );
}

async function run(url: string, sql: string): Promise<void> {
  const db = await connectOnce(url);
  try {
    await db.query(sql);
  } finally {
    await db.end();
  }
}
