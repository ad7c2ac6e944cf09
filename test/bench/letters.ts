import { applicationLetter, queryLetter, WORKS_TITLE, worksDates } from "../demo/letters.ts";
import { CONTRACTOR, TOWN } from "../journeys/world.ts";
import { type Due, HOSTILE } from "./hostile.ts";
import { headOf, idOf, plainBody } from "./mime.ts";

export interface BenchLetter {
  messageId: string;
  /** Also its place with staff: a hostile letter's address is used once. */
  from: string;
  /** Title of the works; on an application's card alone. */
  title: string | null;
  shape: string;
  due: Due;
  raw: Buffer;
}

interface Pair {
  number: string;
  key: string;
}

/** One letter in twenty is hostile; of the others, one in fifty applies. */
const HOSTILE_EVERY = 20;
const APPLIES_EVERY = 50;

/** The letter number `n` of the mix; each can be told apart by its Message-ID, and none has the content of another. */
export function mixedLetter(n: number, pairs: readonly Pair[]): BenchLetter {
  if (n % HOSTILE_EVERY === 7) return hostileLetter(n, pairs);
  return n % APPLIES_EVERY === 11 ? application(n) : query(n, pairs);
}

/** A town asks about a guarantee, with the figures of its ledger. */
export function query(n: number, pairs: readonly Pair[]): BenchLetter {
  const { number, key } = pairs[n % pairs.length] ?? { number: "", key: "" };
  const { subject, text } = queryLetter(number, key);
  const head = headOf(n, TOWN, `${subject} ${n}`);
  return letter(n, TOWN, { shape: "query", due: "answer" }, [
    ...head,
    ...plainBody(`${text}\n（整理番号 ${n}）\n`),
  ]);
}

function application(n: number): BenchLetter {
  const title = `町道${10_000 + n}号線舗装工事`;
  const { subject, text } = applicationLetter(worksDates(new Date()));
  const lines = [...headOf(n, CONTRACTOR, subject), ...plainBody(text.replace(WORKS_TITLE, title))];
  return { ...letter(n, CONTRACTOR, { shape: "application", due: "case" }, lines), title };
}

function hostileLetter(n: number, pairs: readonly Pair[]): BenchLetter {
  const shape = HOSTILE[Math.floor(n / HOSTILE_EVERY) % HOSTILE.length];
  const pair = pairs[n % pairs.length];
  if (shape === undefined || pair === undefined) throw new Error("nothing to be hostile with");
  const from = shape.asTown ? TOWN : `stranger-${n}@elsewhere.example`;
  const { subject, text } = queryLetter(pair.number, pair.key);
  const made = shape.make({
    ...{ n, from, text: `${text}\n（整理番号 ${n}）\n` },
    head: headOf(n, from, shape.asTown ? `${subject} ${n}` : `hello ${n}`, shape.returnPath),
  });
  const built = Buffer.isBuffer(made) ? made : Buffer.from(made.join("\r\n"));
  return {
    ...{ messageId: idOf(n, from), from, title: null, shape: shape.name, due: shape.due },
    raw: built,
  };
}

function letter(
  n: number,
  from: string,
  what: Pick<BenchLetter, "shape" | "due">,
  lines: readonly string[],
): BenchLetter {
  return { messageId: idOf(n, from), from, title: null, ...what, raw: Buffer.from(lines.join("\r\n")) };
}
