import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import type { Taken } from "./smtp.ts";

/**
 * The SMTP server of the benchmarks, in a process of its own: takes every letter and tells its parent when it had
 * each. People's mailboxes lie elsewhere, so nothing of the measured machine delivers them.
 */

/** Told in groups, so that telling costs the parent little; the times are of the taking. */
const TELL_EVERY_MS = 100;

let taken: Taken[] = [];

function noteOf(letter: Buffer, to: string[]): Taken {
  const end = letter.indexOf("\r\n\r\n");
  const head = letter.subarray(0, end < 0 ? letter.length : end).toString("latin1");
  const id = (field: string) => new RegExp(`^${field}:\\s*(<[^>\\r\\n]*>)`, "im").exec(head)?.[1] ?? null;
  return {
    at: Date.now(),
    to,
    messageId: id("Message-ID"),
    inReplyTo: id("In-Reply-To"),
    bytes: letter.length,
  };
}

const server = new SMTPServer({
  authMethods: ["PLAIN", "LOGIN"],
  authOptional: true,
  allowInsecureAuth: true,
  disabledCommands: ["STARTTLS"],
  disableReverseLookup: true,
  onAuth: (auth, _session, done) => done(null, { user: auth.username ?? "" }),
  onData: (stream, session, done) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      taken.push(
        noteOf(
          Buffer.concat(chunks),
          session.envelope.rcptTo.map(({ address }) => address.toLowerCase()),
        ),
      );
      done();
    });
  },
});
server.on("error", () => {}); // a client that goes away in the middle
server.listen(0, "127.0.0.1", () =>
  process.send?.({ port: (server.server.address() as AddressInfo).port, taken: [] }),
);
setInterval(() => {
  if (taken.length === 0) return;
  process.send?.({ taken });
  taken = [];
}, TELL_EVERY_MS);
process.once("disconnect", () => process.exit(0));
