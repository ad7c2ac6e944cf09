/** One of the processes that read mutated letters: a number in, what came of it out. Ends with its parent. */
import { type Examined, examine } from "./examine.ts";
import { mutatedLetter } from "./mutate.ts";

export interface Asked {
  seed: number;
  n: number;
}
export interface Told extends Omit<Examined, "reading"> {
  n: number;
  kind: string;
  bytes: number;
}

/** Every so many letters one is read twice: a reading that depends on what was read before would differ. */
const TWICE_EVERY = 16;

process.on("disconnect", () => process.exit(0));
process.on("message", async ({ seed, n }: Asked) => {
  const { bytes } = mutatedLetter(seed, n);
  const { reading, ...rest } = await examine(bytes, n % TWICE_EVERY === 0);
  const told: Told = { ...rest, n, kind: reading?.kind ?? "none", bytes: bytes.length };
  process.send?.(told);
});
