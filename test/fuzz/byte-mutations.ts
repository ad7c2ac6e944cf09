/** Changes to a letter's bytes that know nothing of letters. */
import type { Chance } from "../crash/chance.ts";
import { seeds } from "./seeds.ts";

type ByteMutation = (bytes: Buffer, chance: Chance) => Buffer;

const range = (bytes: Buffer, chance: Chance): [number, number] => {
  const from = chance.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + chance.below(chance.pick([4, 60, 400, 4000])))];
};
const noise = (length: number, chance: Chance): Buffer =>
  Buffer.from(Array.from({ length }, () => chance.below(256)));

export const byteMutations: Readonly<Record<string, ByteMutation>> = {
  "bits flipped": (bytes, chance) => {
    const out = Buffer.from(bytes);
    for (let n = 1 + chance.below(20); n > 0 && out.length > 0; n--) {
      const at = chance.below(out.length);
      out[at] = (out[at] ?? 0) ^ (1 << chance.below(8));
    }
    return out;
  },
  "bytes cut out": (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  "bytes doubled": (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  "bytes repeated": (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    const piece = bytes.subarray(from, to);
    const times = Math.min(2000, Math.floor(200_000 / (piece.length + 1)));
    const many = Array.from({ length: chance.below(times + 1) }, () => piece);
    return Buffer.concat([bytes.subarray(0, to), ...many, bytes.subarray(to)]);
  },
  "bytes overwritten": (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.concat([bytes.subarray(0, from), noise(to - from, chance), bytes.subarray(to)]);
  },
  "bytes of another letter": (bytes, chance) => {
    const other = chance.pick(seeds).bytes;
    const [from, to] = range(other, chance);
    const at = chance.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at)]);
  },
  "cut short": (bytes, chance) => bytes.subarray(0, chance.below(bytes.length + 1)),
  "begun late": (bytes, chance) => bytes.subarray(chance.below(bytes.length + 1)),
  "other line ends": (bytes, chance) =>
    Buffer.from(
      bytes.toString("latin1").replace(/\r?\n/g, () => chance.pick(["\n", "\r\n", "\r\n", "\r", "\n\r"])),
      "latin1",
    ),
};
