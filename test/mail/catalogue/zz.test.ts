import { afterEach, it } from "vitest";
import { startDovecot } from "../../sandbox/dovecot.ts";
import { endWatching } from "../watched.ts";
import { library } from "./setting.ts";
afterEach(endWatching);
it("x", async () => {
  const m = await startDovecot({ users: ["a@b.example"] });
  await m.send("a@b.example", { to: "a@b.example", subject: "large", text: "x".repeat(400_000) });
  const { client, events } = await library(m.imap("a@b.example"), { maxLiteralSize: 100_000 });
  await client.mailboxOpen("INBOX", { readOnly: true });
  console.log((await client.fetchAll("1:*", { size: true })).map((x) => x.size));
  const r = await client.fetchAll("1:*", { source: true }).catch((e) => e);
  console.log(Array.isArray(r) ? r.map((x) => x.source?.length) : r, events);
  const m2 = await library(m.imap("a@b.example"), { maxLiteralSize: 100_000 });
  await m2.client.mailboxOpen("INBOX", { readOnly: true });
  const r2 = await m2.client.fetchOne("1", { source: true }).catch((e) => e);
  console.log(r2, m2.events);
  await m.remove();
});
