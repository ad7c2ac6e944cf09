import { connectOnce } from "../../prisma/pool.ts";
export async function dump(url: string) {
  const db = await connectOnce(url);
  const p = async (q: string) =>
    console.error(q, JSON.stringify((await db.query(q)).rows, null, 0).slice(0, 6000));
  await p("select id, uid::int, state, attempts, kind, from_address from letters where state='stored'");
  await p(
    "select id, recipient, state, attempts, retry_at, changed_at, created_at, detail from outbound_letters where state in ('pending','sending')",
  );
  await p(
    "select id, kind, state, attempts, retry_at, changed_at, detail from slack_messages where state in ('pending','sending')",
  );
  await p(
    "select name, data, state, retry_count, start_after, started_on, heartbeat_on, output, now() from jobs.job where state in ('created','retry','active','failed') and name not like '\\_\\_%'",
  );
  await p(
    "select pid, state, query, wait_event, xact_start from pg_stat_activity where application_name like 'hosho%'",
  );
  await p("select count(*) from pg_locks where not granted");
  await db.end();
}
