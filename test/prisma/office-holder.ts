import { openLeadership } from "../../prisma/leadership.ts";

/** A program that runs for an office (URL, name), says when its terms begin and end, and never stops by itself. */
const [url = "", name = ""] = process.argv.slice(2);
openLeadership(url, () => undefined).lead(name, {
  begin: (epoch) => void process.stdout.write(`begin ${epoch}\n`),
  end: () => void process.stdout.write("end\n"),
});
