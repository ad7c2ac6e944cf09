import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sealerFromKeys } from "../../core/seal.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { reseal, sealState } from "../../prisma/reseal.ts";
import { fresh, LONG_AGO, NOW, openedCase, received, rows, sent, step } from "./kept.ts";
import * as sample from "./samples.ts";

describe("sealing anew", () => {
  const [OLD, NEW, LOST] = [1, 2, 3].map(() => randomBytes(32).toString("base64")) as [
    string,
    string,
    string,
  ];
  const ring = sealerFromKeys(NEW, [OLD]);
  const old = sealerFromKeys(OLD);

  async function sealedEverywhere(count: number): Promise<void> {
    const number = "20800-000017";
    await openedCase("c", LONG_AGO, [sample.inForce("g", number)]);
    for (let at = 0; at < count; at++) {
      await received(LONG_AGO, { state: "noted" }, { sealedRaw: old.seal(Buffer.from(`letter ${at}`)) });
      await sent(LONG_AGO, "sent", { bytes: old.seal(Buffer.from("out")) });
    }
    const file = { guaranteeId: "g", position: 0, filename: "f.pdf" };
    await step(async (tx) => {
      await tx.saveKey("g", old.seal(Buffer.from("Z28YUE4J3Bux")));
      await tx.saveDocument({
        ...file,
        id: "n",
        kind: "notice",
        sealed: true,
        bytes: old.seal(Buffer.from("n")),
      });
      await tx.saveDocument({
        ...file,
        id: "p",
        kind: "certificate",
        sealed: false,
        bytes: Uint8Array.of(5),
      });
      await tx.keepToken("imap:desk", "configured", old.seal(Buffer.from("token")), NOW);
    });
  }

  it("brings every table under the new key while letters come, and leaves what is not sealed", async () => {
    await sealedEverywhere(60);
    const [states] = await Promise.all([
      reseal(fresh.url, ring),
      received(NOW, { state: "noted" }, { sealedRaw: ring.seal(Buffer.from("new")) }),
    ]);
    expect(states.map(({ table, done, left }) => [table, done, left])).toEqual([
      ["sealed_keys", 1, 0],
      ["kept_tokens", 1, 0],
      ["documents", 1, 0],
      ["outbound_letters", 60, 0],
      ["letters", 60, 0],
    ]);
    const alone = sealerFromKeys(NEW);
    const texts = await rows<{ sealed_raw: Buffer }>(
      "SELECT sealed_raw FROM letters WHERE received_at < '2029-01-01'",
    );
    expect(texts.map((row) => Buffer.from(alone.unseal(row.sealed_raw)).toString()).sort()).toEqual(
      Array.from({ length: 60 }, (_, at) => `letter ${at}`).sort(),
    );
    const key = (await step((tx) => tx.sealedKeys(["g"]))).get("g") ?? new Uint8Array();
    expect(Buffer.from(alone.unseal(key)).toString()).toBe("Z28YUE4J3Bux");
    expect((await step((tx) => tx.document("p")))?.bytes).toEqual(Uint8Array.of(5));
    expect((await reseal(fresh.url, ring)).every(({ done, left }) => done === 0 && left === 0)).toBe(true);
  });

  it("goes on where it was ended", async () => {
    await sealedEverywhere(120);
    const ended = reseal(fresh.url, ring, ({ table }) => {
      if (table === "letters") throw new Error("killed");
    });
    await expect(ended).rejects.toThrow("killed");
    const before = (await sealState(fresh.url, ring)).find(({ table }) => table === "letters");
    expect(before).toEqual({ table: "letters", left: 70, unopened: 0 });
    expect((await reseal(fresh.url, ring)).find(({ table }) => table === "letters")?.done).toBe(70);
  });

  it("passes over rows that the desk is writing, and takes them when it is done", async () => {
    await sealedEverywhere(3);
    const db = await connectOnce(fresh.url);
    await db.query("BEGIN");
    await db.query("SELECT FROM letters FOR UPDATE");
    const held = (await reseal(fresh.url, ring)).find(({ table }) => table === "letters");
    expect(held).toEqual({ table: "letters", done: 0, left: 3, unopened: 0 });
    await db.query("COMMIT");
    await db.end();
    expect((await reseal(fresh.url, ring)).find(({ table }) => table === "letters")?.left).toBe(0);
  });

  it("says of which table how many no key opens, and does not touch them", async () => {
    await sealedEverywhere(2);
    const lost = sealerFromKeys(LOST).seal(Buffer.from("lost"));
    const id = await received(LONG_AGO, { state: "noted" }, { sealedRaw: lost });
    expect((await sealState(fresh.url, ring)).find(({ table }) => table === "letters")?.unopened).toBe(1);
    const letters = (await reseal(fresh.url, ring)).find(({ table }) => table === "letters");
    expect(letters).toEqual({ table: "letters", done: 2, left: 1, unopened: 1 });
    expect((await step((tx) => tx.letter(id)))?.sealedRaw).toEqual(new Uint8Array(lost));
  });
});
