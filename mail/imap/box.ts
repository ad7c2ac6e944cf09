import type { FetchMessageObject, ImapFlow } from "imapflow";
import type { Instant } from "../../core/terms.ts";
import { isThrottled, MailboxFault, refusedCode } from "./faults.ts";
import type { OpenMailbox } from "./scan.ts";

/** What can be asked of one open mailbox. Every call is one finished command, by UID. */

/** An open mailbox that can also be searched. */
export interface ImapMailbox extends OpenMailbox {
  /** UIDs of letters in whose header field `value` occurs: servers look for a part of it (RFC 9051 §6.4.4). */
  withHeader(field: string, value: string): Promise<number[]>;
}

/** The mailbox opened for moving letters out of it. */
export interface FilingMailbox {
  uidValidity: bigint;
  /** Those of the UIDs that are still there. */
  present(uids: readonly number[]): Promise<Set<number>>;
  headers(uids: readonly number[]): Promise<Map<number, Uint8Array>>;
  /** Makes the folder when it is missing, below the personal namespace (RFC 2342). */
  ensureFolder(name: string): Promise<void>;
  /** @returns the UIDs that the server says it moved (COPYUID, RFC 4315); the others may still be there. */
  move(uids: readonly number[], folder: string): Promise<Set<number>>;
}

/** Waits for a command, makes a fault of its failure and says that the server answered. */
type Answered = <T>(command: Promise<T>) => Promise<T>;
const UID = { uid: true } as const;

/** @returns UIDVALIDITY. RFC 9051 §2.3.1.1: without it a UID names nothing. */
export async function openBox(client: ImapFlow, name: string, readOnly: boolean): Promise<bigint> {
  const { uidValidity } = await client.mailboxOpen(name, { readOnly }).catch((error: unknown) => {
    throw new MailboxFault(isThrottled(error) ? "throttled" : refusedCode(error));
  });
  if (typeof uidValidity !== "bigint" || uidValidity === 0n) throw new MailboxFault("uidvalidity_missing");
  return uidValidity;
}

export function reading(client: ImapFlow, uidValidity: bigint, answered: Answered) {
  async function search(query: Parameters<ImapFlow["search"]>[0]): Promise<number[]> {
    if (client.mailbox === false || client.mailbox.uidValidity !== uidValidity)
      throw new MailboxFault("uidvalidity_changed");
    const found = await answered(client.search(query, UID));
    // `false` is a refusal or a loss, never "nothing there".
    if (!Array.isArray(found)) throw new MailboxFault("search_failed");
    return found.sort((a, b) => a - b);
  }
  const fetch = (uids: readonly number[], query: Parameters<ImapFlow["fetchAll"]>[1]) =>
    answered(client.fetchAll(uids.join(","), { ...query, uid: true }, UID));
  return {
    uids: (from: number) => search({ uid: `${from}:*` }),
    withHeader: (field: string, value: string) => search({ header: { [field]: value } }),
    async sizes(uids: readonly number[]) {
      const found = await fetch(uids, { size: true, internalDate: true });
      return found.map((one) => ({ uid: one.uid, size: one.size ?? 0, receivedAt: receivedAt(one) }));
    },
    letters: async (uids: readonly number[]) =>
      pick(await fetch(uids, { source: true }), (one) => one.source),
    headers: async (uids: readonly number[]) =>
      pick(await fetch(uids, { headers: true }), (one) => one.headers),
  };
}

export function filing(client: ImapFlow, answered: Answered): Omit<FilingMailbox, "uidValidity" | "headers"> {
  return {
    async present(uids) {
      const found = await answered(client.search({ uid: uids.join(",") }, UID));
      if (!Array.isArray(found)) throw new MailboxFault("search_failed");
      return new Set(found);
    },
    async ensureFolder(name) {
      const missing = (error: unknown) =>
        error instanceof Error && "code" in error && error.code === "NotFound"
          ? "missing"
          : Promise.reject(error);
      const status = await answered(client.status(name, { messages: true }).catch(missing));
      if (status === "missing") await answered(client.mailboxCreate(name));
    },
    async move(uids, folder) {
      // A missing UID is "moved" without uidMap, a missing folder gives `false`: only the map is an answer.
      const moved = await answered(client.messageMove(uids.join(","), folder, UID));
      return new Set(typeof moved === "object" ? (moved.uidMap?.keys() ?? []) : []);
    },
  };
}

function pick(
  found: FetchMessageObject[],
  part: (one: FetchMessageObject) => Buffer | undefined,
): Map<number, Uint8Array> {
  const parts = new Map<number, Uint8Array>();
  for (const one of found) {
    const bytes = part(one);
    // An empty answer is no letter: it is asked for again at the next scan rather than stored as one.
    if (bytes !== undefined && bytes.length > 0) parts.set(one.uid, bytes);
  }
  return parts;
}

function receivedAt(message: FetchMessageObject): Instant {
  const date = new Date(message.internalDate ?? Number.NaN);
  if (Number.isNaN(date.getTime())) throw new MailboxFault("internaldate_missing");
  return date.toISOString();
}
