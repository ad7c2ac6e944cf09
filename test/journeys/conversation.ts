import { expect } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import type { Draft, Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { cardWith } from "./steps.ts";
import { CHANNEL, DESK, startWorld, type World } from "./world.ts";

/** People who write to a desk, and what they and staff hear. */
export interface Conversation {
  world: World;
  /** @returns the letter's Message-ID. */
  write(from: string, letter: Omit<Draft, "to">): Promise<string>;
  /** Writes and waits for the answer. */
  asks(from: string, letter: Omit<Draft, "to">): Promise<Letter>;
  /** Messages of the desk's channel with all these words. */
  channelSays(...words: string[]): string[];
  /** Waits until there are so many of them. */
  staffHear(count: number, ...words: string[]): Promise<unknown>;
  /** The messages in a case's thread. */
  threadSays(receiptNumber: string): Promise<string[]>;
  rows<T>(sql: string): Promise<T[]>;
  /** Letters that leave or left, once everything that came is read. */
  lettersOut(): Promise<number>;
  end(): Promise<void>;
}

const PATIENCE = { timeoutMs: 20_000 };
export const POLL = { timeout: 20_000, interval: 50 };

export async function converse(settings: Record<string, string> = {}): Promise<Conversation> {
  const database = await freshDatabase();
  const world = await startWorld({ databaseUrl: database.url, settings });
  const talk: Conversation = {
    world,
    write: async (from, letter) => (await world.mail.send(from, { to: DESK, ...letter })).messageId,
    async asks(from, letter) {
      const messageId = await talk.write(from, letter);
      return world.mail.waitForLetter(from, (l) => l.inReplyTo === messageId, PATIENCE);
    },
    channelSays: (...words) =>
      world.slack
        .messages(CHANNEL)
        .map((m) => readable(m))
        .filter((text) => words.every((word) => text.includes(word))),
    staffHear: (count, ...words) =>
      world.slack.waitFor(() => talk.channelSays(...words).length === count || undefined, {
        ...PATIENCE,
        what: `${count} messages with ${words.join(", ")}`,
      }),
    async threadSays(receiptNumber) {
      const card = await cardWith(world, receiptNumber);
      return world.slack.thread(CHANNEL, card.ts).map((m) => readable(m));
    },
    async rows(sql) {
      const db = await connectOnce(database.url);
      const found = await db.query(sql);
      await db.end();
      return found.rows;
    },
    async lettersOut() {
      await expect.poll(() => talk.rows("SELECT id FROM letters WHERE state = 'stored'"), POLL).toEqual([]);
      return (await talk.rows("SELECT id FROM outbound_letters")).length;
    },
    async end() {
      await world.stop();
      await database.drop();
    },
  };
  return talk;
}
