import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ENV, readSettings } from "../../core/config.ts";

const complete = {
  IMAP_HOST: "127.0.0.1",
  IMAP_USER: "desk",
  IMAP_PASSWORD: "secret",
  SMTP_HOST: "127.0.0.1",
  MAIL_FROM: "desk@guarantor.example",
  SLACK_BOT_TOKEN: "xoxb-1",
  SLACK_APP_TOKEN: "xapp-1",
  SLACK_CHANNEL: "C1",
  STAFF_FILE: "staff.json",
  SEAL_KEY: Buffer.alloc(32).toString("base64"),
  GUARANTOR_NAME: "見本建設業保証株式会社",
  GUARANTOR_ADDRESS: "東京都",
  GUARANTOR_REPRESENTATIVE: "代表取締役社長",
};
const faults = (change: Record<string, string | undefined>, doors: ("bot" | "mail")[] = ["bot", "mail"]) => {
  const read = readSettings({ ...complete, ...change }, doors);
  return read.ok ? [] : read.faults.map((f) => `${f.name} ${f.code}`);
};

describe("settings", () => {
  it("are read when complete, with defaults", () => {
    const read = readSettings(complete, ["bot", "mail"]);
    expect(
      read.ok && [
        read.settings.imap.port,
        read.settings.smtp.security,
        read.settings.approvals,
        read.settings.slack.mode,
      ],
    ).toEqual([993, "starttls", 2, "socket"]);
  });
  it("name every fault at once", () => {
    const read = readSettings({ IMAP_PORT: "ninety", MAIL_TRUST: "nobody" }, ["bot", "mail"]);
    const names = read.ok ? [] : read.faults.map((f) => f.name);
    expect(names).toEqual(
      expect.arrayContaining([
        "IMAP_PORT",
        "MAIL_TRUST",
        "IMAP_HOST",
        "SMTP_HOST",
        "SEAL_KEY",
        "MAIL_FROM",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "STAFF_FILE",
      ]),
    );
  });
  it("ask a door only for what it needs", () => {
    expect(faults({ SLACK_BOT_TOKEN: undefined, STAFF_FILE: "" }, ["mail"])).toEqual([]);
    expect(faults({ IMAP_HOST: undefined, SMTP_HOST: undefined }, ["bot"])).toEqual([]);
    expect(faults({ SLACK_MODE: "http" })).toEqual(["SLACK_SIGNING_SECRET missing"]);
  });
  it("refuse a password in clear text to another machine, not to this one", () => {
    expect(faults({ IMAP_SECURE: "none", SMTP_SECURE: "none" })).toEqual([]);
    expect(faults({ IMAP_SECURE: "none", IMAP_HOST: "mail.guarantor.example" })).toEqual([
      "IMAP_SECURE clear_text_remote",
    ]);
    expect(faults({ SMTP_SECURE: "none", SMTP_HOST: "127.0.0.1.evil.example" })).toEqual([
      "SMTP_SECURE clear_text_remote",
    ]);
  });
  it("want a SEAL_KEY of 32 bytes", () => {
    expect(faults({ SEAL_KEY: Buffer.alloc(31).toString("base64") })).toEqual(["SEAL_KEY malformed"]);
  });
  it("want every previous key in its form, and take several", () => {
    const key = Buffer.alloc(32, 7).toString("base64");
    expect(faults({ SEAL_KEY_PREVIOUS: `${key}, short` })).toEqual(["SEAL_KEY_PREVIOUS malformed"]);
    const read = readSettings({ ...complete, SEAL_KEY_PREVIOUS: `${key}, ${key}` }, ["mail"]);
    expect(read.ok && read.settings.sealKeysPrevious).toEqual([key, key]);
  });
  it("that are in order can be looked at by themselves, whatever is wrong with the others", () => {
    const read = readSettings({ ...complete, IMAP_PORT: "ninety", STAFF_FILE: undefined }, ["bot", "mail"]);
    expect(!read.ok && [read.usable.smtp.host, read.usable.imap.port, read.usable.staffFile]).toEqual([
      "127.0.0.1",
      993,
      "",
    ]);
  });
  it("of .env.example hold as they stand there", () => {
    const example = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
    const given = [...example.matchAll(/^#?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map((m) => [m[1], m[2]]);
    expect(faults({ ...Object.fromEntries(given.filter(([, value]) => value !== "")) })).toEqual([
      "IMAP_OAUTH_CLIENT_ID missing",
      "IMAP_OAUTH_REFRESH_TOKEN missing",
      "SMTP_OAUTH_TOKEN_URL missing",
      "SMTP_OAUTH_CLIENT_ID missing",
      "SMTP_OAUTH_REFRESH_TOKEN missing",
    ]);
  });
  it("stand in .env.example, all of them and no others", () => {
    const example = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
    const names = [...example.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map((m) => m[1]);
    expect(names.sort()).toEqual(Object.keys(ENV.shape).sort());
  });
});
