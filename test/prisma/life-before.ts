import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { addDays, dayInTokyo } from "../../core/dates.ts";
import { contentHash } from "../../core/guarantee/content-hash.ts";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import { fiscalYearOf, formatGuaranteeNumber } from "../../core/guarantee/number.ts";
import type { Sealer } from "../../core/ports.ts";
import { MIGRATIONS, migrate } from "../../prisma/migrate.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { application, requested } from "../desk/application.ts";

/** A database as the release before the whole life of a guarantee left it: its tables, and rows as that release wrote them. */

/** The migrations of that release. */
const BEFORE = ["20261120120000_desk", "20261121090000_mail_engine", "20261122090000_evidence"];
export const ISSUED_AT = new Date(Date.now() - 10 * 86_400_000).toISOString();
const TODAY = dayInTokyo(new Date().toISOString());
const YEAR = fiscalYearOf(TODAY);
const SENDER = "suzuki@tone-kensetsu.example";
const MAKER = { employee: "1001", name: "佐藤 恵" };
const CHECKER = { employee: "1002", name: "田中 剛" };
const PAID = {
  feeYen: 65_000,
  toldAt: ISSUED_AT,
  settlement: { how: "paid", by: MAKER, at: ISSUED_AT },
};
const CONTENT: CertificateContent = {
  ...{ kind: "performance", medium: "electronic", contractorName: "利根建設株式会社" },
  contractorAddress: "茨城県北相馬郡利根町大字布川0000番地",
  ...{ contractorRepresentative: "代表取締役　鈴木　一郎", jointVentureName: null, ordererName: "利根町長" },
  ...{ guaranteedYen: 5_000_000, guaranteeUntil: addDays(TODAY, 300), worksTitle: "町道112号線改良工事" },
  ...{ worksNumber: null, contractPriceYen: 50_000_000, fiscalYearYen: null, worksFrom: "2026-04-11" },
  ...{
    worksUntil: addDays(TODAY, 300),
    contractDate: "2026-04-10",
    depositBank: null,
    handlingBranch: "茨城支店",
  },
};
/** Requests of that release had neither a version nor what stood before. */
const REQUEST = {
  ...{ content: CONTENT, contentHash: contentHash(CONTENT), maker: MAKER, requestedAt: ISSUED_AT },
};

type Row = Record<string, unknown>;
/** The columns of a guarantee that its status needs. */
type Facts = (number: string) => Row;

const approval = (number: string) => ({ checker: CHECKER, approvedAt: ISSUED_AT, number });
/** A case for each, in this order: the n-th is A-00000n, and its number has the serial n. */
export const STATES: Readonly<Record<string, Facts>> = {
  applied: () => ({ status: "applied" }),
  returned: () => ({ status: "returned", reason: "工期の記載がありません" }),
  "accepted, fee told": () => ({ status: "accepted", fee: { ...PAID, settlement: null } }),
  "accepted, fee paid": () => ({ status: "accepted", fee: PAID }),
  "asked for": () => ({ status: "awaiting_approval", fee: PAID, request: REQUEST }),
  "approved, not drawn": (number) => ({
    ...{ status: "awaiting_approval", fee: PAID, request: REQUEST, approval: approval(number), number },
  }),
  "in force": (number) => ({ status: "in_force", fee: PAID, number }),
  "in force on paper": (number) => ({ status: "in_force", fee: PAID, number }),
  declined: () => ({ status: "declined", reason: "要件を満たしません" }),
  withdrawn: () => ({ status: "withdrawn", reason: "お申出" }),
  // Nothing brought a guarantee there yet; the tables took it, and took it without a reason only.
  cancelled: (number) => ({ status: "cancelled", fee: PAID, number, ended_on: TODAY }),
  released: (number) => ({ status: "released", fee: PAID, number, ended_on: TODAY }),
};
const ISSUED = ["in force", "in force on paper", "cancelled", "released"];

/** The receipt number of the case in this state. */
export function receiptOf(state: keyof typeof STATES): string {
  return `A-${String(Object.keys(STATES).indexOf(state) + 1).padStart(6, "0")}`;
}

export function numberOf(state: keyof typeof STATES): string {
  return formatGuaranteeNumber(YEAR, Object.keys(STATES).indexOf(state) + 1);
}

/** What the certificate of such a case was: any bytes will do, they are handed out as they lie there. */
export function certificateBytes(state: string): Buffer {
  return Buffer.from(`%PDF-1.7 certificate, ${state}`);
}

type Insert = (table: string, row: Row) => Promise<void>;

/** @param key of every guarantee that has one. @param seal as that release sealed. */
export async function fillAsBefore(url: string, key: string, seal: Sealer["seal"]): Promise<void> {
  await migrateAsBefore(url);
  const db = await connectOnce(url);
  const insert: Insert = async (table, row) => {
    const names = Object.keys(row);
    const marks = names.map((_, at) => `$${at + 1}`);
    const sql = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks.join(", ")})`;
    await db.query(sql, Object.values(row).map(column));
  };
  try {
    await insertRegistries(insert);
    for (const state of Object.keys(STATES)) await insertState(insert, state, key, seal);
    await insertAttempts(insert);
    const value = Object.keys(STATES).length;
    for (const name of ["receipt", `guarantee ${YEAR}`]) await insert("counters", { name, value });
  } finally {
    await db.end();
  }
}

async function insertRegistries(insert: Insert): Promise<void> {
  await insert("orderers", {
    ...{ id: "o", prefecture: "茨城県", name: "利根町", certificate_name: "利根町長", folded_name: "利根町" },
    ...{ folded_certificate_name: "利根町長", acceptance: [], routes: [], amounts: [], dry_run: false },
    changed_at: ISSUED_AT,
  });
  const name = "利根建設株式会社";
  await insert("contractors", {
    ...{ id: "c", name, folded_name: name, address: CONTENT.contractorAddress, lump_fee: false },
    ...{ representative: CONTENT.contractorRepresentative, branch: "茨城支店", changed_at: ISSUED_AT },
  });
  await insert("contractor_addresses", { contractor_id: "c", position: 0, address: SENDER, lookup: SENDER });
}

async function insertState(insert: Insert, state: string, key: string, seal: Sealer["seal"]): Promise<void> {
  const at = Object.keys(STATES).indexOf(state);
  const facts = STATES[state]?.(numberOf(state)) ?? {};
  const guaranteeId = `g-${at}`;
  const form = state === "in force on paper" ? ("paper" as const) : ("electronic" as const);
  const asked = { ...requested("performance", 5_000_000), form };
  await insert("cases", {
    ...{
      id: `case-${at}`,
      receipt_number: receiptOf(state),
      opened_at: ISSUED_AT,
      letter_id: `letter-${at}`,
    },
    ...{ sender_address: SENDER, trust: "registered", problems: [], checks: [], orderer_id: "o" },
    ...{
      contractor_id: "c",
      application: application({ guarantees: [asked], worksUntil: CONTENT.worksUntil }),
    },
  });
  await insert("guarantees", {
    ...{ id: guaranteeId, case_id: `case-${at}`, kind: "performance", requested: asked, ...facts },
  });
  if (form === "electronic" && facts.number !== undefined)
    await insert("sealed_keys", { guarantee_id: guaranteeId, sealed: seal(Buffer.from(key)) });
  if (!ISSUED.includes(state)) return;
  const issued = { guarantee_id: guaranteeId, serial: 0 };
  const content = { ...CONTENT, medium: form };
  await insert("certificate_versions", { ...issued, content, issued_at: ISSUED_AT });
  const document = (kind: string, filename: string, sealed: boolean, bytes: Uint8Array) =>
    insert("documents", { id: `${kind}:${guaranteeId}:0`, ...issued, kind, filename, sealed, bytes });
  await document("certificate", `保証証書_${numberOf(state)}.pdf`, false, certificateBytes(state));
  const notice = seal(Buffer.from(`%PDF-1.7 notice, ${state}`));
  if (form === "electronic")
    await document("notice", `認証キーのお知らせ_${numberOf(state)}.pdf`, true, notice);
}

/** The town has looked at the one in force, after a typing error. */
async function insertAttempts(insert: Insert): Promise<void> {
  const number = numberOf("in force");
  const attempt = {
    orderer_id: "o",
    address: "keiyaku@town.tone.example",
    letter_id: "asked",
    at: ISSUED_AT,
    number,
  };
  const guarantee_id = `g-${Object.keys(STATES).indexOf("in force")}`;
  await insert("verification_attempts", { id: "a-1", ...attempt, outcome: "not_confirmed", failed: true });
  await insert("verification_attempts", {
    ...{ id: "a-2", ...attempt, outcome: "confirmed", failed: false, guarantee_id },
  });
}

async function migrateAsBefore(url: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "migrations-before-"));
  try {
    const all = await readdir(MIGRATIONS);
    for (const name of BEFORE.filter((one) => all.includes(one)))
      await cp(path.join(MIGRATIONS, name), path.join(folder, name), { recursive: true });
    await migrate(url, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** JSON goes in as text; bytes and plain values as they are. */
function column(value: unknown): unknown {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array)
    ? JSON.stringify(value)
    : value;
}
