import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommand, typedYen } from "../../bot/grammar.ts";
import { edits, nearest } from "../../bot/nearest.ts";
import { openStaff } from "../../bot/staff.ts";
import { sayIn } from "../../bot/words.ts";
import type { Check } from "../../core/case.ts";
import { newAuthKey } from "../../core/guarantee/auth-key.ts";
import { maskKeys } from "../../core/guarantee/mask.ts";
import { DEEDS, ROLES } from "../../core/policy.ts";
import { REFUSAL_CODES } from "../../core/refusals.ts";
import { GUARANTEE_KINDS, GUARANTEE_STATUSES, LETTER_KINDS } from "../../core/terms.ts";
import { words } from "./scene.ts";

const say = sayIn(words);
const wide = (text: string) =>
  text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).replaceAll(" ", "\u3000");

describe("what is typed after the command", () => {
  it("reads the same in any width", () => {
    const word = fc.constantFrom("引受", "詳細", "accept", "SHOW");
    const flags = fc.subarray(["-前払", "-中間", "-契約"]);
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 999_999 }), flags, fc.boolean(), (verb, n, some, after) => {
        const number = `A-${String(n).padStart(6, "0")}`;
        const text = (after ? [verb, number, ...some] : [verb, ...some, number]).join(" ");
        const read = parseCommand(text, say);
        expect(parseCommand(wide(text), say)).toEqual(read);
        expect(parseCommand(`  ${text.replaceAll(" ", " \u3000 ")} `, say)).toEqual(read);
        expect(read.reference).toBe(number);
        expect(read.kinds).toHaveLength(some.length);
      }),
    );
  });

  it("takes amounts as digits and nothing else", () => {
    expect(typedYen("65,000")).toBe(65_000);
    expect(typedYen("￥６５０００円")).toBe(65_000);
    for (const wrong of ["6,50", "約65000", "-5", "1e5", "", "65000.5"]) expect(typedYen(wrong)).toBeNull();
  });

  it("names flags that mean no product instead of ignoring them", () => {
    expect(parseCommand("引受 A-1 -全部", say).unknownFlags).toEqual(["-全部"]);
  });

  it("finds the nearest word, and none for noise", () => {
    expect(nearest("lsit", ["list", "help"])).toBe("list");
    expect(nearest("一欄", ["一覧", "照会"])).toBe("一覧");
    expect(nearest("xyz", ["一覧", "照会"])).toBeNull();
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => edits(a, b) === edits(b, a)));
  });
});

describe("keys in texts from letters", () => {
  it("are masked however they are written", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (bytes) => {
        const key = newAuthKey((length) => Uint8Array.from([...bytes.take(length)]));
        const grouped = `${key.slice(0, 4)} ${key.slice(4, 8)}-${key.slice(8)}`;
        const groups = (size: number) => key.match(new RegExp(`.{${size}}`, "g")) ?? [];
        const spaced = [groups(1).join(" "), groups(3).join("・"), groups(4).join("  "), groups(6).join("_")];
        const hidden = `${key.slice(0, 5)}\u200B${key.slice(5)}`;
        for (const written of [key, key.toLowerCase(), wide(key), grouped, wide(grouped), hidden, ...spaced])
          expect(maskKeys(`認証キー：${written}です`)).toBe("認証キー：●●●●●●●●●●●●です");
        expect(maskKeys(`KEY${key}END`)).not.toContain(key);
      }),
    );
  });

  it("leave numbers, addresses and ordinary words alone", () => {
    const text =
      "保証契約番号 20800-000017 A-000001 suzuki@tone-kensetsu.example 200000000000 construction 0297-68-2211 https://www.town.tone.example/keiyaku/index.html 2026-04-10 20,000,000円";
    expect(maskKeys(text)).toBe(text);
  });
});

describe("wording", () => {
  it("has a sentence for every refusal, saying what helps", () => {
    for (const code of REFUSAL_CODES) expect(words.has("refusals", code), code).toBe(true);
    const json: Record<string, string> = JSON.parse(readFileSync("templates/ja/refusals.json", "utf8"));
    expect(Object.keys(json).sort()).toEqual([...REFUSAL_CODES].sort());
    for (const sentence of Object.values(json)) expect(sentence.length).toBeGreaterThan(30);
  });

  it("has every key that the code speaks", () => {
    const files = readdirSync("bot", { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts"),
    );
    const code = files.map((name) => readFileSync(join("bot", name), "utf8")).join("\n");
    const keys = [...code.matchAll(/\bsay\(\s*"([^"]+)"/g)].map(([, key]) => key ?? "");
    expect(keys.length).toBeGreaterThan(80);
    expect(keys.filter((key) => !words.has("slack", key))).toEqual([]);
  });

  it("has a name for every state, product, kind of letter and deed", () => {
    const groups = {
      product: GUARANTEE_KINDS,
      flag: GUARANTEE_KINDS,
      state: [...GUARANTEE_STATUSES, "fee_awaited"],
      next: [...GUARANTEE_STATUSES, "fee_awaited"],
      letter: LETTER_KINDS,
      role: ROLES,
      command: DEEDS.flatMap((deed) => [`${deed}.word`, `${deed}.usage`, `${deed}.what`]),
    };
    for (const [group, names] of Object.entries(groups))
      for (const name of names) expect(words.has("slack", `${group}.${name}`), `${group}.${name}`).toBe(true);
  });

  it("has words for every check and verdict", () => {
    const codes: Check["code"][] = [
      "electronic_accepted",
      "ratio_within",
      "performance_with_advance",
      "sender_registered",
      "contractor_registered",
      "orderer_registered",
      "complete",
    ];
    for (const code of codes)
      for (const verdict of ["pass", "fail", "unknown"])
        expect(words.has("checks", `${code}.${verdict}`), `${code}.${verdict}`).toBe(true);
  });
});

describe("the staff file", () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const person = { slack: "U1", employee: "1", name: "甲", roles: ["approver"], branch: null };

  it("is reread when it changes, and a broken one changes nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "staff-"));
    const file = join(folder, "staff.json");
    let second = 1_700_000_000;
    const write = (text: string) => {
      writeFileSync(file, text);
      second += 10;
      utimesSync(file, second, second);
    };
    write(JSON.stringify([person]));
    const staff = openStaff(file, log);
    expect(staff.bySlack("U1")?.name).toBe("甲");
    write("[{");
    expect(staff.bySlack("U1")?.name).toBe("甲");
    write(JSON.stringify([person, { ...person, name: "乙" }]));
    expect(staff.bySlack("U1")?.name).toBe("甲");
    write(
      JSON.stringify([
        { ...person, slack: "U2" },
        { ...person, slack: "U3" },
      ]),
    );
    expect(staff.bySlack("U1")).toBeNull();
    expect(staff.peopleWho("approve")).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});
