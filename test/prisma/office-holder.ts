import { openLeadership } from "../../prisma/leadership.ts";
import { openDatabase } from "../../prisma/open.ts";
import { arrived } from "./samples.ts";

/**
 * A program that runs for an office (URL, name), says when its terms begin and end, and never stops by itself. With a
 * content key it records a letter in its term, in a step that goes no further, and says what becomes of that.
 */
const [url = "", name = "", contentKey = ""] = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);
const database = contentKey === "" ? null : await openDatabase({ url, dataDir: "" });

async function record(epoch: number): Promise<void> {
  await database?.store.transact(async (tx) => {
    const place = { mailbox: "office", uidValidity: 1n, uid: 3 };
    await tx.recordLetters([arrived({ contentKey, place })], { name, epoch });
    say("recording");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  });
}

openLeadership(url, () => undefined).lead(name, {
  begin(epoch) {
    say(`begin ${epoch}`);
    void record(epoch).catch(() => say("not recorded"));
  },
  end: () => say("end"),
});
