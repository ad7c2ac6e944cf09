import { randomBytes, randomUUID } from "node:crypto";
import { ownIds } from "../../core/own-id.ts";
import type { OutboundRow } from "../../core/rows/outbox.ts";
import { sealerFromKey } from "../../core/seal.ts";
import { JournalFault } from "../../mail/imap/journal.ts";
import { type SmtpPool, smtpPool } from "../../mail/smtp/pool.ts";
import { sendWork } from "../../mail/smtp/send.ts";
import { openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { startMail } from "../sandbox/mail.ts";

/** The outbox on a real database, a loopback mail server, a journal that is a table, and a clock that is moved by hand. */

export const DESK = "desk@hosho.example";
export const TO = "suzuki@tone.example";
export const NOW = "2026-04-10T01:00:00.000Z";
const SEAL_KEY = randomBytes(32).toString("base64");
const silent = { info() {}, warn() {}, error() {} };

/** A process that works has a number; the queue itself is not used here. */
export async function openNumbered(url: string) {
  const database = await openDatabase({ url, dataDir: "" });
  await database.jobs.work("desk.issue", async () => undefined);
  return database;
}

export async function openOutbox() {
  const fresh = await freshDatabase();
  const database = await openNumbered(fresh.url);
  const db = await connectOnce(fresh.url);
  const world = await startMail({ users: [DESK, TO] });
  const sealer = sealerFromKey(SEAL_KEY);
  const pools: SmtpPool[] = [];
  const pool = (change: { password?: string; port?: number } = {}) => {
    const made = smtpPool({ ...world.smtp, security: "none", oauth: null, ...change });
    pools.push(made);
    return made;
  };
  const smtp = pool();
  const state = { now: NOW, journal: null as Set<string> | null, reachable: true, store: database.store };
  const journal = {
    async find(ids: readonly string[]) {
      if (!state.reachable) throw new JournalFault("ECONNREFUSED");
      return new Set(ids.filter((id) => state.journal?.has(id)));
    },
  };
  const ids = ownIds([SEAL_KEY]);
  /** A process of its own: what it knows of its letters dies with it. */
  const process = (through = smtp) => {
    const { store } = state;
    const base = { store, sealer, ids, smtp: through, now: () => state.now, log: silent };
    return sendWork({ ...base, journal: state.journal === null ? null : journal });
  };

  /** Puts a letter into the outbox as a step of the desk does. */
  async function put(change: { caseId?: string | null; letter?: string; to?: string } = {}) {
    const { caseId = "case-1", letter = "", to = TO } = change;
    const id = randomUUID();
    const messageId = `<${id}@hosho.example>`;
    const bytes = Buffer.from(
      `Message-ID: ${messageId}\r\nSubject: ${id}\r\nTo: ${to}\r\n\r\n.hello\r\n${letter}`,
    );
    const content = { template: "not_registered" } as const;
    const outgoing = { cause: id, to, caseId, answers: null, replyTo: null, content, attachments: [] };
    const composed = { id, envelopeFrom: DESK, messageId, subject: id, bytes };
    await database.store.transact((tx) => tx.addLetter(outgoing, sealer.seal(bytes), composed, state.now));
    const row = async (): Promise<OutboundRow> => {
      const found = await database.store.transact((tx) => tx.outboundLetter(id));
      if (found === null) throw new Error("no such row");
      return found;
    };
    return {
      id,
      messageId,
      run: (through?: SmtpPool) => process(through)(id),
      row,
      state: async () => (await row()).state,
      arrived: async () => (await world.inbox(TO)).filter((one) => one.subject === id),
      /** When its job comes again; null when nobody has put it off. */
      async retryAt(): Promise<string | null> {
        const { rows } = await db.query("SELECT retry_at FROM outbound_letters WHERE id = $1", [id]);
        return rows[0]?.retry_at?.toISOString() ?? null;
      },
      /** What staff are told of it, in order. */
      async told(): Promise<{ kind: string; content: Record<string, unknown> }[]> {
        const { rows } = await db.query(
          "SELECT post FROM slack_messages WHERE cause LIKE $1 ORDER BY created_at",
          [`%${id}%`],
        );
        return rows.map(({ post }) => post);
      },
    };
  }

  return {
    ...{ world, db, database, url: fresh.url, state, put, pool, process },
    later(ms: number) {
      state.now = new Date(Date.parse(state.now) + ms).toISOString();
    },
    async reset() {
      world.heal();
      await db.query("DELETE FROM suppressed_addresses");
      await db.query("DELETE FROM outbound_letters");
      Object.assign(state, { now: NOW, journal: null, reachable: true, store: database.store });
    },
    async close() {
      for (const one of pools) one.stop();
      await db.end();
      await Promise.all([world.remove(), database.close()]);
      await fresh.drop();
    },
  };
}
