import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deskScreens } from "../../bot/blocks/thread.ts";
import { parseCommand } from "../../bot/grammar.ts";
import { edits, nearest } from "../../bot/nearest.ts";
import { openStaff } from "../../bot/staff.ts";
import { sayIn } from "../../bot/words.ts";
import type { Check } from "../../core/case.ts";
import { newAuthKey } from "../../core/guarantee/auth-key.ts";
import { maskKeys } from "../../core/guarantee/mask.ts";
import { typedAmount } from "../../core/money.ts";
import { DEEDS, ROLES } from "../../core/policy.ts";
import { REFUSAL_CODES } from "../../core/refusals.ts";
import { GUARANTEE_KINDS, GUARANTEE_STATUSES, LETTER_KINDS } from "../../core/terms.ts";
import { readable } from "../sandbox/slack/readable.ts";
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
    expect(typedAmount("65,000")).toBe(65_000);
    expect(typedAmount("￥６５０００円")).toBe(65_000);
    for (const wrong of ["6,50", "約65000", "-5", "1e5", "", "65000.5"])
      expect(typedAmount(wrong)).toBeNull();
  });

  it("names flags that mean no product instead of ignoring them", () => {
    expect(parseCommand("引受 A-1 -全部", say).unknownFlags).toEqual(["-全部"]);
  });

  it("finds the nearest word, and none for noise", () => {
    expect(nearest("lsit", ["list", "help"])).toEqual(["list"]);
    expect(nearest("一欄", ["一覧", "照会"])).toEqual(["一覧"]);
    expect(nearest("取消", ["変更取消", "取下", "再送"])).toEqual(["変更取消", "取下"]);
    expect(nearest("xyz", ["一覧", "照会"])).toEqual([]);
    expect(nearest("請求書", ["申請", "請負", "照会"])).toEqual([]);
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
        for (let at = 1; at < key.length; at++)
          for (const broken of ["\n", "\r\n> ", " \n"])
            expect(maskKeys(`認証キー：${key.slice(0, at)}${broken}${key.slice(at)}です`)).toBe(
              "認証キー：●●●●●●●●●●●●です",
            );
        expect(maskKeys(`${key.slice(0, 4)}-${key.slice(4, 8)}-\n> ${key.slice(8)}`)).not.toContain(
          key.slice(0, 4),
        );
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

  it("says of every trouble of the mail engine what happened and what to do, with nothing left open", () => {
    for (const [code, detail] of Object.entries(TROUBLES)) {
      const text = readable({
        blocks: deskScreens({ event: "engine_trouble", code, detail }, words, say).flatMap((s) => s.blocks),
      });
      expect(words.has("slack", `engine.${code}`), code).toBe(true);
      expect(text, code).not.toMatch(/[{}]|確認が必要なことが起きました（/);
      for (const value of Object.values(detail)) expect(text, code).toContain(value);
      expect(text.length, code).toBeGreaterThan(60);
      // A command, a setting or a person who helps; or it is over.
      expect(text, code).toMatch(
        /\/hosho 復旧|node main\.ts doctor|MAIL_[A-Z_]+|管理者|メールソフト|回復しました/,
      );
    }
  });

  it("has no trouble that the code speaks of and nobody worded", () => {
    const code = sources("core", "mail").join("\n");
    const spoken = [...code.matchAll(/\b(?:tellTrouble\([\w.]+,\s*|tell\((?:tx,)?)\s*"(\w+)"/g)].map(
      ([, word]) => word ?? "",
    );
    expect(spoken.filter((word) => !(word in TROUBLES))).toEqual([]);
    const worded: { engine: object } = JSON.parse(readFileSync("templates/ja/slack/engine.json", "utf8"));
    expect(Object.keys(worded.engine).sort()).toEqual(Object.keys(TROUBLES).sort());
    expect(spoken.length).toBeGreaterThan(1);
  });

  it("tells of a trouble that this release has no words for all the same", () => {
    const said = (code: string, detail: Record<string, string>) =>
      JSON.stringify(deskScreens({ event: "engine_trouble", code, detail }, words, say));
    expect(said("tomorrows_trouble", { who: "甲" })).toContain("tomorrows_trouble、who 甲");
    expect(said("quota", {})).toContain("（quota）");
  });

  it("has words for every reason why a letter waits for a person", () => {
    for (const reason of REASONS) expect(words.has("slack", `reason.${reason}`), reason).toBe(true);
    const spoken = sources("core/desk", "mail").flatMap((text) =>
      [...text.matchAll(/(?:forStaff\(work, |park\(|what: "odd", reason: )"(\w+)"/g)].map(
        ([, word]) => word ?? "",
      ),
    );
    expect(spoken.length).toBeGreaterThan(8);
    expect(spoken.filter((word) => !words.has("slack", `reason.${word}`))).toEqual([]);
    for (const kind of ["withdrawal", "fee_inquiry", "unrecognised"])
      expect(words.has("slack", `reason.kind_${kind}`), kind).toBe(true);
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

/** What the mail engine tells of, with an example of its details. */
const TROUBLES: Record<string, Record<string, string>> = {
  cap_sender: { who: "a@tone.example", cap: "60" },
  cap_domain: { who: "tone.example", cap: "300" },
  cap_case: { who: "A-000001", cap: "20" },
  cap_global: { cap: "3000" },
  quota: { percent: "92" },
  canary_lost: { minutes: "30" },
  canary_back: {},
  reconciliation: {
    ...{ letters: "11", answers: "12", outbound: "13", slack: "14", mailbox: "15", journal: "16" },
    unchecked: "smtp (ETIMEDOUT)",
  },
  token_refused: { account: "imap" },
  uidvalidity_changed: {},
  uidvalidity_missing: {},
  folders_unavailable: { code: "NOPERM" },
  mailbox_throttled: {},
  authentication_failed: { mailbox: "INBOX" },
  mailbox_missing: { mailbox: "INBOX" },
  mailbox_refused: { mailbox: "INBOX" },
  letter_refused: { mailbox: "INBOX" },
  outage_database: { minutes: "7" },
  outage_slack: { minutes: "7" },
  outage_mailbox: { minutes: "17" },
  outage_smtp: { minutes: "17" },
};

const REASONS = [
  ...["cap_sender", "cap_domain", "cap_case", "cap_global", "bounce", "bounced", "suppressed"],
  ...[
    "journal_unreachable",
    "journal_unproven",
    "unsealable",
    "interrupted_while_sending",
    "connection_lost_while_sending",
    "gave_up",
  ],
  ...["refused_by_server", "delivery_report", "before_go_live", "dns", "too_large", "unreadable"],
  ...["no_single_sender", "null_return_path", "own_letter", "auto_submitted", "mailing_list", "bulk"],
  ...["system_sender", "automatic", "stranger"],
];

function sources(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
}

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
