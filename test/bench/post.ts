import { ImapFlow } from "imapflow";
import type { Account } from "../sandbox/mail-types.ts";
import type { BenchLetter } from "./letters.ts";

/** Puts letters into a mailbox of the IMAP server and knows when each was there. */
export interface Post {
  /** @returns when the server had it, milliseconds since 1970. */
  deliver(letter: BenchLetter): Promise<number>;
  /** All of them, in order, several at a time. */
  deliverAll(letters: readonly BenchLetter[]): Promise<void>;
  /** When each letter was there, by Message-ID. */
  readonly deliveredAt: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** APPEND in a pipeline is the cheapest way in: the measured machine shall not work for the post. */
const AT_A_TIME = 8;

export function openPost({ host, port, user, password }: Account): Post {
  const deliveredAt = new Map<string, number>();
  let line: Promise<ImapFlow> | null = null;
  const connect = async () => {
    const client = new ImapFlow({
      ...{ host, port, secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true },
      auth: { user, pass: password },
    });
    client.on("error", () => {}); // the command under way rejects
    // Between deliveries minutes may pass, after which either side hangs up.
    client.on("close", () => {
      line = null;
    });
    await client.connect();
    return client;
  };
  const deliver = async (letter: BenchLetter) => {
    line ??= connect();
    const client = await line;
    if (!(await client.append("INBOX", letter.raw))) throw new Error(`${letter.messageId} was not taken`);
    const at = Date.now();
    deliveredAt.set(letter.messageId, at);
    return at;
  };
  return {
    deliver,
    deliveredAt,
    async deliverAll(letters) {
      const left = [...letters];
      await Promise.all(
        Array.from({ length: AT_A_TIME }, async () => {
          for (let next = left.shift(); next !== undefined; next = left.shift()) await deliver(next);
        }),
      );
    },
    async close() {
      (await line)?.close();
    },
  };
}
