import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownIds } from "../../core/own-id.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const OTHER = Buffer.alloc(32, 8).toString("base64");
const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
const DESK = "hosho@mihon-hosho.example";
const ids = ownIds([KEY]);
const uuid = fc.uuid();

describe("the Message-ID of our letter", () => {
  it("is known again, with or without brackets, in capitals, too", () => {
    fc.assert(
      fc.property(uuid, (id) => {
        const messageId = ids.messageId(id, "mihon-hosho.example");
        expect(messageId).toMatch(/^<desk\.[0-9a-f-]{36}\.[a-z2-7]{20}@mihon-hosho\.example>$/);
        expect(ids.idOf(messageId)).toBe(id);
        expect(ids.idOf(messageId.slice(1, -1))).toBe(id);
        expect(ids.idOf(` ${messageId.toUpperCase()}`)).toBe(id);
      }),
    );
  });

  it("is signed under a key of its own, not under SEAL_KEY itself", () => {
    const key = Buffer.from(KEY, "base64");
    const own = new Uint8Array(hkdfSync("sha256", key, "", "hosho-desk message-id", 32));
    const hex = (secret: Uint8Array) =>
      createHmac("sha256", secret).update(`message-id\0${ID}\0a.example`).digest();
    const bitsOf = (bytes: Uint8Array) =>
      [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const code = /\.([a-z2-7]{20})@/.exec(ids.messageId(ID, "a.example"))?.[1] ?? "";
    const bits = [...code]
      .map((c) => "abcdefghijklmnopqrstuvwxyz234567".indexOf(c).toString(2).padStart(5, "0"))
      .join("");
    expect(bits).toBe(bitsOf(hex(own)).slice(0, 100));
    expect(bits).not.toBe(bitsOf(hex(key)).slice(0, 100));
  });

  it("is foreign once a single character was altered", () => {
    const messageId = ids.messageId(ID, "mihon-hosho.example");
    fc.assert(
      fc.property(fc.nat(messageId.length - 1), fc.stringMatching(/^[a-z0-9.-]$/), (at, character) => {
        fc.pre(messageId[at] !== character && at !== 0 && at !== messageId.length - 1);
        expect(ids.idOf(messageId.slice(0, at) + character + messageId.slice(at + 1))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["another domain's", ids.messageId(ID, "mihon-hosho.example").replace("mihon", "evil")],
    ["another desk's", ownIds([OTHER]).messageId(ID, "mihon-hosho.example")],
    ["one without a code", `<desk.${ID}@mihon-hosho.example>`],
    ["one with the code of an ENVID", `<desk.${ID}.${ids.envid(ID).slice(-20)}@mihon-hosho.example>`],
    ["two in one", `${ids.messageId(ID, "a.example")}${ids.messageId(ID, "a.example")}`],
    ["an endless one", `<desk.${"a".repeat(1_000_000)}@mihon-hosho.example>`],
    ["nothing", ""],
  ])("is not ours: %s", (_, messageId) => {
    expect(ids.idOf(messageId)).toBeNull();
  });

  it("is still known after the key was changed, as long as the old one is set; new ones bear the new key", () => {
    const before = ids.messageId(ID, "mihon-hosho.example");
    const rotated = ownIds([OTHER, KEY]);
    expect(rotated.idOf(before)).toBe(ID);
    expect(rotated.messageId(ID, "mihon-hosho.example")).not.toBe(before);
    expect(ids.idOf(rotated.messageId(ID, "mihon-hosho.example"))).toBeNull();
    expect(ownIds([OTHER]).idOf(before)).toBeNull();
  });

  it("is never made of something that is no UUID, nor without a key", () => {
    expect(() => ids.messageId("1@evil.example> x", "mihon-hosho.example")).toThrow(/UUID/);
    expect(() => ownIds([])).toThrow(/SEAL_KEY/);
  });
});

describe("the return path of our letter", () => {
  it("is known again in any capitals and fits SMTP, or is not made", () => {
    const local = fc.stringMatching(/^[A-Za-z0-9._+-]{1,30}$/);
    fc.assert(
      fc.property(uuid, local, (id, name) => {
        const mailFrom = `${name}@Mihon-Hosho.example`;
        const address = ids.bounceAddress(mailFrom, id);
        expect(address === null).toBe(name.length > 14);
        if (address === null) return;
        expect(address.lastIndexOf("@")).toBeLessThanOrEqual(64);
        expect(ids.idOfBounceAddress(address)).toBe(id);
        expect(ids.idOfBounceAddress(address.toUpperCase())).toBe(id);
        expect(ids.idOfBounceAddress(address.toLowerCase())).toBe(id);
      }),
    );
  });

  it.each([
    ["of another mailbox", (address: string) => address.replace("hosho+", "other+")],
    ["of another domain", (address: string) => address.replace("@mihon", "@evil")],
    ["with another code", (address: string) => address.replace(/.@/, (end) => (end === "a@" ? "b@" : "a@"))],
    [
      "with another id",
      (address: string) => address.replace(/b\../, (tag) => (tag === "b.a" ? "b.b" : "b.a")),
    ],
    ["without a tag", () => DESK],
    ["with more behind the code", (address: string) => address.replace("@", ".x@")],
    ["without a domain", (address: string) => address.slice(0, address.indexOf("@"))],
  ])("is foreign: one %s", (_, change) => {
    const address = ids.bounceAddress(DESK, ID) ?? "";
    expect(ids.idOfBounceAddress(address)).toBe(ID);
    expect(ids.idOfBounceAddress(change(address))).toBeNull();
  });

  it("has one spelling: the spare bits of its short id count", () => {
    const address = ids.bounceAddress(DESK, ID) ?? "";
    const last = /b\.[a-z2-7]{25}(.)\./.exec(address)?.[1] ?? "";
    const spelled = [..."abcdefghijklmnopqrstuvwxyz234567"]
      .filter((c) => c !== last)
      .map((c) => address.replace(/(b\.[a-z2-7]{25})./, `$1${c}`));
    expect(spelled.map((one) => ids.idOfBounceAddress(one)).filter((id) => id !== null)).toEqual([]);
  });
});

describe("the envelope id of our letter", () => {
  it("is known again and needs no encoding", () => {
    fc.assert(
      fc.property(uuid, (id) => {
        const envid = ids.envid(id);
        expect(envid).toMatch(/^[a-z2-7.]{47}$/); // RFC 3461 §4.4: at most 100 characters
        expect(ids.idOfEnvid(envid)).toBe(id);
        expect(ids.idOfEnvid(ownIds([OTHER]).envid(id))).toBeNull();
      }),
    );
  });
});

it("whatever text comes, no name is taken for ours and nothing throws", () => {
  const strange = ownIds([randomBytes(32).toString("base64")]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^<?desk\.[a-z0-9.+@-]{0,90}>?$/)), (text) => {
      expect(strange.idOf(text)).toBeNull();
      expect(strange.idOfBounceAddress(text)).toBeNull();
      expect(strange.idOfEnvid(text)).toBeNull();
    }),
  );
});
