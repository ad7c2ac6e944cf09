import { describe, expect, it } from "vitest";
import { crashTest, lastLine } from "./spawned.ts";

/** 60 kills, in runs side by side: a kill is mostly waiting. They share the failpoints among them. */
const RUNS = [
  { part: "1/2", kills: 30, seed: 20 },
  { part: "2/2", kills: 30, seed: 21 },
];
/** A machine that is busy with other tests takes several times as long. */
const PATIENCE_MS = 900_000;

describe("the mail engine under hard kills", () => {
  for (const { part, kills, seed } of RUNS)
    it.concurrent(`${kills} kills (${part}): one effect and one delivered answer for each letter`, {
      timeout: PATIENCE_MS,
    }, async () => {
      const { code, output } = await crashTest(
        ...["--kills", String(kills), "--seed", String(seed), "--part", part],
      );
      expect(lastLine(output), output).toMatch(
        /^crash test: kills 30, letters \d+, lost 0, answered twice 0, unreconciled 0$/,
      );
      expect(code, output).toBe(0);
    });
});
