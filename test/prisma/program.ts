import { openDatabase } from "../../prisma/open.ts";
import { arrived, recordOne } from "./samples.ts";

/**
 * A program to be killed: opens the database (URL, or DATA_DIR when the first word is `-`), records a letter with the
 * given content key, takes its job, says so and never finishes it.
 */
const [url = "-", dataDir = "", contentKey = ""] = process.argv.slice(2);
const database = await openDatabase({ url: url === "-" ? null : url, dataDir });
await database.jobs.work("mail.read", async (id) => {
  process.stdout.write(`holding ${id}\n`);
  await new Promise(() => undefined);
});
const place = { mailbox: contentKey, uidValidity: 1n, uid: 1 };
await database.store.transact((tx) => recordOne(tx, arrived({ place, contentKey })));
