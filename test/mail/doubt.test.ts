import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../core/store.ts";
import { DOUBT_GRACE_MS } from "../../mail/smtp/doubt.ts";
import { PROCESS_LOCK } from "../../prisma/presence.ts";
import { DESK, openNumbered, openOutbox } from "./outbox.ts";

/** Letters of which nobody knows whether they arrived: never sent again blindly, never lost. */

let box: Awaited<ReturnType<typeof openOutbox>>;
beforeAll(async () => {
  box = await openOutbox();
});
afterEach(() => box.reset());
afterAll(() => box.close());

const HOUR_MS = 3_600_000;

/** A process took the letter up and died; its number is nobody's any more. */
async function interrupted(): Promise<Awaited<ReturnType<typeof box.put>>> {
  const letter = await box.put();
  await box.db.query(
    `UPDATE outbound_letters SET state = 'sending', attempts = 1, holder = 999, leased_until = $2 WHERE id = $1`,
    [letter.id, new Date(Date.parse(box.state.now) + HOUR_MS)],
  );
  return letter;
}

async function cutAfterDot(lose = false) {
  const letter = await box.put();
  box.world.fail({ on: "drop-after-dot", from: DESK, lose });
  await letter.run();
  return letter;
}

describe("without a journal", () => {
  it("a letter found interrupted goes to staff and not out again", async () => {
    const letter = await interrupted();
    await letter.run();
    expect(await letter.state()).toBe("parked");
    expect(await letter.told()).toMatchObject([
      { content: { event: "letter_parked", reason: "interrupted_while_sending" } },
    ]);
    expect(await letter.arrived()).toEqual([]);
  });
});

/** From now on there is a journal, and it has a letter that certainly left: absence proves something there. */
async function openTheJournal(): Promise<Set<string>> {
  const control = await box.put();
  await control.run();
  box.state.journal = new Set([control.messageId]);
  return box.state.journal;
}

/** Long enough that neither a slow server nor a process that was cut off could still deliver. */
const SURELY_MS = DOUBT_GRACE_MS + 5 * 60_000;

describe("with a journal", () => {
  it("a letter cut after the final dot is found there and counts as sent", async () => {
    const journal = await openTheJournal();
    const letter = await cutAfterDot();
    expect(await letter.state()).toBe("ambiguous");
    expect(await letter.told()).toEqual([]);
    expect(await letter.retryAt()).toBe("2026-04-10T01:00:15.000Z");
    journal.add(letter.messageId);
    box.later(15_000);
    await letter.run();
    expect(await letter.row()).toMatchObject({ state: "sent", doubtSince: null });
    expect(await letter.arrived()).toHaveLength(1);
    expect(await letter.told()).toMatchObject([{ content: { event: "letter_sent" } }]);
  });

  it("a letter that the server lost is sent again, the same bytes, when nobody could still deliver it", async () => {
    await openTheJournal();
    const letter = await cutAfterDot(true);
    box.later(DOUBT_GRACE_MS);
    await letter.run();
    // Its lease ends a minute later, and two more are given to a process that was cut off from the database.
    expect(await letter.state()).toBe("ambiguous");
    expect(await letter.retryAt()).toBe("2026-04-10T01:15:00.000Z");
    box.later(3 * 60_000);
    await letter.run();
    expect(await letter.row()).toMatchObject({ state: "sent", attempt: 2 });
    expect((await letter.arrived()).map(({ messageId }) => messageId)).toEqual([letter.messageId]);
  });

  it("a letter found interrupted is looked up, too", async () => {
    const journal = await openTheJournal();
    const letter = await interrupted();
    journal.add(letter.messageId);
    await letter.run();
    expect(await letter.state()).toBe("ambiguous");
    await letter.run();
    expect(await letter.state()).toBe("sent");
    expect(await letter.arrived()).toEqual([]);
  });

  it("one that has none of the letters that certainly left proves nothing: staff decide", async () => {
    await openTheJournal();
    box.state.journal = new Set();
    const letter = await cutAfterDot(true);
    box.later(SURELY_MS);
    await letter.run();
    expect(await letter.state()).toBe("parked");
    expect(await letter.told()).toMatchObject([{ content: { reason: "journal_unproven" } }]);
    expect(await letter.arrived()).toEqual([]);
  });

  it("out of reach settles nothing; after half an hour staff decide", async () => {
    await openTheJournal();
    const letter = await cutAfterDot(true);
    box.state.reachable = false;
    box.later(SURELY_MS);
    await letter.run();
    expect(await letter.row()).toMatchObject({ state: "ambiguous", detail: "journal: ECONNREFUSED" });
    box.later(30 * 60_000);
    await letter.run();
    expect(await letter.state()).toBe("parked");
    expect(await letter.told()).toMatchObject([{ content: { reason: "journal_unreachable" } }]);
    expect(await letter.arrived()).toEqual([]);
  });

  it("two processes that doubt the same letter send it once", async () => {
    await openTheJournal();
    const letter = await cutAfterDot(true);
    box.later(SURELY_MS);
    const first = box.process();
    const other = await openNumbered(box.url);
    box.state.store = other.store;
    const second = box.process();
    // Whoever comes too late is told to come again.
    await Promise.allSettled([first(letter.id), second(letter.id), first(letter.id)]);
    await other.close();
    expect(await letter.arrived()).toHaveLength(1);
    expect(await letter.state()).toBe("sent");
  });

  it("a process that asked the journal and then froze does not send on that answer", async () => {
    const journal = await openTheJournal();
    const letter = await cutAfterDot(true);
    box.later(SURELY_MS);
    const { store, thaw, frozen } = freezing(2);
    box.state.store = store;
    const slow = box.process()(letter.id);
    await frozen;
    box.state.store = box.database.store;
    await box.process()(letter.id);
    journal.add(letter.messageId);
    thaw();
    await slow;
    expect(await letter.row()).toMatchObject({ state: "sent", attempt: 2 });
    expect(await letter.arrived()).toHaveLength(1);
  });
});

/** A store that stops after so many steps until it is thawed. */
function freezing(steps: number) {
  const [frozen, thawed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const store: Store = {
    async transact(work) {
      const result = await box.database.store.transact(work);
      if (++calls === steps) {
        frozen.resolve();
        await thawed.promise;
      }
      return result;
    },
  };
  return { store, thaw: thawed.resolve, frozen: frozen.promise };
}

describe("a process that freezes between taking a letter up and its first byte", () => {
  it("does not send when it wakes after its lease, for somebody else may have", async () => {
    const letter = await box.put();
    const { store, thaw, frozen } = freezing(1);
    box.state.store = store;
    const slow = box.process()(letter.id);
    await frozen;
    box.later(2 * HOUR_MS);
    thaw();
    await slow;
    expect(await letter.row()).toMatchObject({ state: "pending", detail: "claim too old" });
    expect(await letter.arrived()).toEqual([]);
  });
});

describe("a letter in other hands", () => {
  it("is left to the process that has it, as long as that one is alive", async () => {
    const letter = await interrupted();
    const { rows } = await box.db.query("SELECT pg_advisory_lock($1, 999)", [PROCESS_LOCK]);
    expect(rows).toHaveLength(1);
    await expect(letter.run()).rejects.toThrow("another process");
    expect(await letter.state()).toBe("sending");
    box.later(2 * HOUR_MS); // it froze: its lease ran out
    await letter.run();
    expect(await letter.state()).toBe("parked");
    await box.db.query("SELECT pg_advisory_unlock($1, 999)", [PROCESS_LOCK]);
  });

  it("whose late word comes after it was given up on still counts when it says that it arrived", async () => {
    const letter = await interrupted();
    await letter.run();
    const at = box.state.now;
    const late = await box.database.store.transact((tx) =>
      tx.settleLetters([{ id: letter.id, attempt: 1, state: "sent", at, detail: "250 late" }]),
    );
    expect(late).toEqual(["parked"]);
  });
});

describe("a letter that staff send again", () => {
  it("does not leave when the process that had it learns meanwhile that it arrived", async () => {
    const letter = await interrupted();
    await letter.run();
    const at = box.state.now;
    await box.database.store.transact((tx) => tx.retryOutbound(letter.id, at));
    const late = await box.database.store.transact((tx) =>
      tx.settleLetters([{ id: letter.id, attempt: 1, state: "sent", at, detail: "250 late" }]),
    );
    expect(late).toEqual(["pending"]);
    await letter.run();
    expect(await letter.arrived()).toEqual([]);
  });
});

describe("a database that goes away in the middle", () => {
  /** Fails the first step that `fails` says, after or before its commit. */
  function flaky(store: Store, fails: (calls: number) => "before" | "after" | null): Store {
    let calls = 0;
    return {
      async transact(work) {
        const when = fails(++calls);
        if (when === "before") throw new Error("the database is away");
        const result = await store.transact(work);
        if (when === "after") throw new Error("the connection was lost at commit");
        return result;
      },
    };
  }

  it.each(["before", "after"] as const)(
    "does not make a sent letter doubtful: its outcome is kept and written later (lost %s commit)",
    async (when) => {
      const letter = await box.put();
      box.state.store = flaky(box.database.store, (calls) => (calls === 2 ? when : null));
      const work = box.process();
      await expect(work(letter.id)).rejects.toThrow();
      await work(letter.id);
      expect(await letter.state()).toBe("sent");
      expect(await letter.arrived()).toHaveLength(1);
      expect(await letter.told()).toHaveLength(1);
    },
  );

  it("does not make a letter doubtful that was only taken up", async () => {
    const letter = await box.put();
    box.state.store = flaky(box.database.store, (calls) => (calls === 1 ? "after" : null));
    const work = box.process();
    await expect(work(letter.id)).rejects.toThrow();
    await work(letter.id);
    expect(await letter.row()).toMatchObject({ state: "pending", detail: "claim lost" });
    await work(letter.id);
    expect(await letter.arrived()).toHaveLength(1);
  });
});

describe("an address that was refused for good", () => {
  it("gets nothing more until staff send the letter again", async () => {
    const first = await box.put();
    box.world.fail({ on: "refuse", code: 550, from: DESK });
    await first.run();
    expect(await first.state()).toBe("refused");
    const second = await box.put();
    await second.run();
    expect(await second.state()).toBe("parked");
    expect(await second.told()).toMatchObject([{ content: { reason: "suppressed" } }]);
    await box.database.store.transact((tx) => tx.retryOutbound(first.id, box.state.now));
    await first.run();
    expect(await first.arrived()).toHaveLength(1);
    const third = await box.put();
    await third.run();
    expect(await third.state()).toBe("sent");
  });
});
