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

export async function openPost({ host, port, user, password }: Account): Promise<Post> {
  const client = new ImapFlow({
    ...{ host, port, secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true },
    auth: { user, pass: password },
  });
  client.on("error", () => {}); // the command under way rejects
  await client.connect();
  const deliveredAt = new Map<string, number>();
  const deliver = async (letter: BenchLetter) => {
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
    close: () => client.logout(),
  };
}
