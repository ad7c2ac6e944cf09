import type pg from "pg";

/** A desk after some years, written straight into the tables: what is in force is many, what waits is some. */

export const CASES = 20_000;

/** Of every 1,000 cases so many stand in each state; the rest is in force. */
const STATES = `CASE
  WHEN n % 1000 < 40 THEN 'applied'
  WHEN n % 1000 < 55 THEN 'returned'
  WHEN n % 1000 < 85 THEN 'accepted'
  WHEN n % 1000 < 95 THEN 'awaiting_approval'
  WHEN n % 1000 < 105 THEN 'declined'
  WHEN n % 1000 < 300 THEN 'released'
  ELSE 'in_force' END`;

const APPLICATION = JSON.stringify({
  ...{ ordererName: "利根町長", contractorName: "利根建設株式会社", jointVentureName: null },
  ...{ worksTitle: "町道112号線改良工事", worksNumber: null, contractPriceYen: 50_000_000 },
  ...{ contractDate: "2026-04-10", worksFrom: "2026-04-11", worksUntil: "2027-03-19", guarantees: [] },
  ...{ handlingBranch: "茨城支店", completionNotice: true, completionEmail: null, directSubmission: false },
  contact: { department: null, title: null, name: null, phone: null },
  message: null,
});
const REQUESTED = (kind: string) =>
  JSON.stringify({
    ...{ kind, form: "electronic", guaranteedYen: 20_000_000, fiscalYearYen: null, depositBank: null },
    ...{ redeposit: false, feePayment: null, feeBillTo: null, paperFeeStatement: false },
    advanceGuaranteeNumber: null,
  });
const CONTENT = (kind: string) =>
  JSON.stringify({
    ...{ kind, medium: "electronic", contractorName: "利根建設株式会社", contractorAddress: "茨城県" },
    ...{ contractorRepresentative: "利根 太郎", jointVentureName: null, ordererName: "利根町長" },
    ...{ guaranteedYen: 20_000_000, guaranteeUntil: "2027-03-31", worksTitle: "町道112号線改良工事" },
    ...{ worksNumber: null, contractPriceYen: 50_000_000, fiscalYearYen: null, worksFrom: "2026-04-11" },
    ...{ worksUntil: "2027-03-19", contractDate: "2026-04-10", depositBank: null, handlingBranch: null },
  });
const AT = "2026-04-20T01:00:00.000Z";
const MAKER = { employee: "1001", name: "佐藤 一郎" };
const FEE = JSON.stringify({
  ...{ feeYen: 65_000, toldAt: AT, settlement: { how: "paid", by: MAKER, at: AT } },
});
const UNPAID = JSON.stringify({ feeYen: 65_000, toldAt: AT, settlement: null });
const HASH = "a".repeat(64);

const KINDS = ["advance_payment", "performance"];

/** Cases of the last three years, the newest today; two products each, letters, deliveries, posts and audit entries. */
export async function fill(client: pg.Client): Promise<void> {
  const checks = JSON.stringify(
    ["orderer_registered", "contractor_registered", "sender_registered", "ratio_within"].map((code) => ({
      ...{ code, kind: null, verdict: "pass", measured: "", reason: "", rule: "", source: "" },
    })),
  );
  await client.query(
    `INSERT INTO cases (id, receipt_number, version, opened_at, changed_at, letter_id, sender_address, trust,
      application, problems, checks)
    SELECT 'c' || n, 'A-' || lpad(n::text, 6, '0'), 5, now() - (${CASES} - n) * interval '79 minutes',
      now() - (${CASES} - n) * interval '78 minutes', 'l' || n, 'suzuki@tone-kensetsu.example', 'registered',
      jsonb_set($1::jsonb, '{worksTitle}', to_jsonb('町道' || n || '号線改良工事')), '[]', $2::jsonb
    FROM generate_series(1, ${CASES}) AS n`,
    [APPLICATION, checks],
  );
  for (const [i, kind] of KINDS.entries()) await products(client, i, kind);
  await client.query(
    `INSERT INTO staff_tasks (id, case_id, guarantee_id, task, since)
    SELECT 't' || n, 'c' || n, 'g0-' || n, 'post_receipt', now() - interval '1 day'
    FROM generate_series(1, ${CASES}) AS n WHERE n % 50 = 0`,
  );
  await client.query(
    `INSERT INTO letters (id, mailbox, uid_validity, uid, received_at, sender, content_key, header_key, sealed_raw,
      size, oversize, answerable, state)
    SELECT 'l' || n, 'INBOX', 1, n, now(), 'suzuki@tone-kensetsu.example', 'k' || n, 'h' || n, decode(repeat('00', 2000), 'hex'),
      2000, false, true, CASE WHEN n % 500 = 0 THEN 'parked' ELSE 'answered' END
    FROM generate_series(1, ${2 * CASES}) AS n`,
  );
  await client.query(
    `INSERT INTO outbound_letters (id, cause, template, case_id, recipient, envelope_from, message_id, subject,
      sealed_bytes, state, created_at, changed_at, detail)
    SELECT 'o' || n, 'cause' || n, 'receipt', 'c' || (n % ${CASES} + 1), 'suzuki@tone-kensetsu.example', 'desk@hosho.example',
      'm' || n, '受付', decode(repeat('00', 2000), 'hex'), CASE WHEN n % 1000 = 0 THEN 'parked' ELSE 'sent' END,
      now(), now(), CASE WHEN n % 1000 = 0 THEN 'gave_up' END
    FROM generate_series(1, ${3 * CASES}) AS n`,
  );
  await client.query(
    `INSERT INTO audit_entries (serial, at, actor, action, case_id, cause, data, previous_hash, hash)
    SELECT 1000000 + n, now() - (${10 * CASES} - n) * interval '8 minutes', '{"kind":"desk"}',
      CASE WHEN n % 100 = 0 THEN 'declined' ELSE 'letter_sent' END, 'c' || (n % ${CASES} + 1), 'x' || n,
      jsonb_build_object('guarantees', jsonb_build_array(jsonb_build_object('id', 'g' || n, 'status', 'declined'))),
      'p', 'h' || n
    FROM generate_series(1, ${10 * CASES}) AS n`,
  );
  await client.query("ANALYZE");
}

/** One product of every case. Some in force have a change that waits for its checker; they end over the coming year. */
async function products(client: pg.Client, i: number, kind: string): Promise<void> {
  const request = { version: 4, contentHash: HASH, previous: null, maker: MAKER, requestedAt: AT };
  const change = {
    ...{ version: 7, contentHash: HASH, maker: MAKER, requestedAt: AT, approval: null },
    proposed: { change: "cancel", on: "2026-04-20", reason: "中止" },
  };
  await client.query(
    `INSERT INTO guarantees (id, case_id, kind, status, number, requested, fee, request, reason, ended_on, change, until)
    SELECT 'g${i}-' || n, 'c' || n, $1, status,
      CASE WHEN status IN ('in_force', 'released') THEN '0000${i}-' || lpad(n::text, 6, '0') END, $2::jsonb,
      CASE WHEN status IN ('in_force', 'released', 'awaiting_approval') THEN $3::jsonb
        WHEN status = 'accepted' THEN CASE WHEN n % 2 = 0 THEN $4::jsonb ELSE $3::jsonb END END,
      CASE WHEN status = 'awaiting_approval' THEN jsonb_set($5::jsonb, '{content}', $6::jsonb) END,
      CASE WHEN status IN ('returned', 'declined', 'released') THEN '理由' END,
      CASE WHEN status = 'released' THEN '2026-04-20' END,
      CASE WHEN status = 'in_force' AND n % 200 = 150 THEN $7::jsonb END,
      CASE WHEN status IN ('in_force', 'released')
        THEN to_char(now() + (n % 400) * interval '1 day', 'YYYY-MM-DD') END
    FROM (SELECT n, ${STATES} AS status FROM generate_series(1, ${CASES}) AS n) AS made`,
    [kind, REQUESTED(kind), FEE, UNPAID, JSON.stringify(request), CONTENT(kind), JSON.stringify(change)],
  );
  await client.query(
    `INSERT INTO certificate_versions (guarantee_id, position, serial, content, issued_at, held_from)
    SELECT g.id, 0, 0, jsonb_set($1::jsonb, '{guaranteeUntil}', to_jsonb(g.until)), c.opened_at, c.opened_at
    FROM guarantees g JOIN cases c ON c.id = g.case_id WHERE g.number IS NOT NULL AND g.kind = $2`,
    [CONTENT(kind), kind],
  );
}
