import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import type { LetterVerdict } from "../../core/rows/letters.ts";
import type { DeliveryState } from "../../core/rows/outbox.ts";
import type { Transaction } from "../../core/store.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase, onServer, pastTriggers } from "../database.ts";
import * as sample from "./samples.ts";

/** A database with letters of all ages and fates in it; emptied before each test. */

export const NOW = "2030-01-01T00:00:00.000Z";
/** A little more than 400 days before. */
export const LONG_AGO = "2028-11-26T00:00:00.000Z";
export let fresh: FreshDatabase;
export let database: Database;
/** Of the letter recorded last. */
export let uid = 0;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
});
beforeEach(() =>
  pastTriggers(
    fresh.url,
    `TRUNCATE letters, outbound_letters, cases, guarantees, staff_tasks, certificate_versions, sealed_keys, documents, slack_messages,
     audit_entries, counters, duties, kept_tokens`,
  ),
);
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

export const step = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => database.store.transact(work);
export const ANNA = "anna@tone.example";

/** A letter that came in, and what became of it. */
export async function received(
  receivedAt: string,
  verdict: Partial<LetterVerdict> | null,
  change: { sender?: string; sealedRaw?: Uint8Array } = {},
): Promise<string> {
  const place = { mailbox: "INBOX", uidValidity: 1n, uid: ++uid };
  const keys = { contentKey: randomUUID(), headerKey: randomUUID() };
  const letter = sample.arrived({ place, receivedAt, ...keys, sender: ANNA, ...change });
  const { id } = await step((tx) => sample.recordOne(tx, letter));
  const facts = { kind: null, fromAddress: letter.sender, subject: "件名", messageId: null } as const;
  const rest = { authenticationResults: "pass", trust: "other", caseId: null, reason: null } as const;
  if (verdict !== null)
    await step((tx) =>
      tx.finishLetter(id, { state: "noted", at: receivedAt, ...facts, ...rest, ...verdict }),
    );
  return id;
}

export async function sent(
  at: string,
  state: DeliveryState,
  {
    to = ANNA,
    caseId = null,
    bytes = Uint8Array.of(9),
  }: Partial<Record<"to", string>> & {
    caseId?: string | null;
    bytes?: Uint8Array;
  } = {},
): Promise<string> {
  const id = randomUUID();
  await step((tx) =>
    tx.addLetter({ ...sample.outgoing(id, to), caseId }, bytes, { ...sample.composed(id), id }, at),
  );
  const doubt = state === "ambiguous" ? `, doubt_since = '${at}'` : "";
  await onServer(
    fresh.url,
    `UPDATE outbound_letters SET state = '${state}', changed_at = '${at}'${doubt} WHERE id = '${id}'`,
  );
  return id;
}

export async function openedCase(
  id: string,
  at: string,
  guarantees: Guarantee[],
  lastEntry = at,
): Promise<void> {
  const entry = {
    actor: { kind: "desk" },
    action: "looked",
    guaranteeId: null,
    cause: id,
    data: {},
  } as const;
  await step(async (tx) => {
    const number = await tx.nextReceiptNumber();
    await tx.insertCase({ ...sample.newCase(id, number, guarantees), openedAt: at });
    await tx.audit({ ...entry, at: lastEntry, caseId: id });
  });
}

export const bytesOf = async (id: string) => (await step((tx) => tx.letter(id)))?.sealedRaw.length ?? -1;
export const outBytesOf = async (id: string) =>
  (await step((tx) => tx.outboundLetter(id)))?.sealedBytes.length ?? -1;

export async function rows<T extends object>(sql: string): Promise<T[]> {
  const db = await connectOnce(fresh.url);
  try {
    return (await db.query<T>(sql)).rows;
  } finally {
    await db.end();
  }
}
