import { randomUUID } from "node:crypto";
import type { Contractor, Orderer, OrdererMailbox } from "../../core/registry.ts";
import { foldForComparison } from "../../core/text.ts";
import type { Context } from "./context.ts";
import { CONTRACTOR, json, lookupOf, ORDERER, toContractor, toOrderer } from "./rows.ts";

/** Replacing entries of a registry by the thousand: a handful of statements for each slice of a file. */
const SLICE = 1000;

/** Orderers match by prefecture and name; the id, to which cases point, stays. What is replaced goes into the history. */
export async function replaceOrderers(
  context: Context,
  orderers: readonly Orderer[],
  at: string,
): Promise<void> {
  const { tx } = context;
  for (const slice of slices(orderers)) {
    const where = { OR: slice.map(({ prefecture, name }) => ({ prefecture, name })) };
    const before = (await tx.orderer.findMany({ where, include: ORDERER })).map(toOrderer);
    await keepHistory(context, "orderer", before, at);
    const known = new Map(before.map(({ id, prefecture, name }) => [`${prefecture}\n${name}`, id]));
    const entries = slice.map((entry) => ({
      entry,
      id: known.get(`${entry.prefecture}\n${entry.name}`) ?? randomUUID(),
    }));
    await tx.$executeRaw`
      INSERT INTO orderers (id, prefecture, name, certificate_name, folded_name, folded_certificate_name, branch,
        slack_channel, acceptance, routes, amounts, dry_run, changed_at)
      SELECT id, prefecture, name, "certificateName", "foldedName", "foldedCertificateName", branch,
        "slackChannel", acceptance, routes, amounts, "dryRun", "changedAt"
      FROM jsonb_to_recordset(${JSON.stringify(entries.map(({ entry, id }) => ordererRow(entry, id, at)))}::jsonb) AS t (
        id text, prefecture text, name text, "certificateName" text, "foldedName" text, "foldedCertificateName" text,
        branch text, "slackChannel" text, acceptance jsonb, routes jsonb, amounts jsonb, "dryRun" boolean,
        "changedAt" timestamptz)
      ON CONFLICT (id) DO UPDATE SET certificate_name = EXCLUDED.certificate_name, folded_name = EXCLUDED.folded_name,
        folded_certificate_name = EXCLUDED.folded_certificate_name, branch = EXCLUDED.branch,
        slack_channel = EXCLUDED.slack_channel, acceptance = EXCLUDED.acceptance, routes = EXCLUDED.routes,
        amounts = EXCLUDED.amounts, dry_run = EXCLUDED.dry_run, changed_at = EXCLUDED.changed_at`;
    await tx.mailbox.deleteMany({ where: { ordererId: { in: entries.map(({ id }) => id) } } });
    const mailboxes = entries.flatMap(({ entry, id }) =>
      entry.mailboxes.map((mailbox, position) => mailboxRow(mailbox, id, position)),
    );
    await tx.mailbox.createMany({ data: mailboxes });
  }
}

/** Contractors match by name. */
export async function replaceContractors(
  context: Context,
  contractors: readonly Contractor[],
  at: string,
): Promise<void> {
  const { tx } = context;
  for (const slice of slices(contractors)) {
    const where = { name: { in: slice.map(({ name }) => name) } };
    const before = (await tx.contractor.findMany({ where, include: CONTRACTOR })).map(toContractor);
    await keepHistory(context, "contractor", before, at);
    const known = new Map(before.map(({ id, name }) => [name, id]));
    const entries = slice.map((entry) => ({ entry, id: known.get(entry.name) ?? randomUUID() }));
    await tx.$executeRaw`
      INSERT INTO contractors (id, name, folded_name, address, representative, lump_fee, branch, changed_at)
      SELECT id, name, "foldedName", address, representative, "lumpFee", branch, "changedAt"
      FROM jsonb_to_recordset(${JSON.stringify(entries.map(({ entry, id }) => contractorRow(entry, id, at)))}::jsonb) AS t (
        id text, name text, "foldedName" text, address text, representative text, "lumpFee" boolean, branch text,
        "changedAt" timestamptz)
      ON CONFLICT (id) DO UPDATE SET folded_name = EXCLUDED.folded_name, address = EXCLUDED.address,
        representative = EXCLUDED.representative, lump_fee = EXCLUDED.lump_fee, branch = EXCLUDED.branch,
        changed_at = EXCLUDED.changed_at`;
    const these = { contractorId: { in: entries.map(({ id }) => id) } };
    const standing = await tx.contractorAddress.findMany({ where: these });
    const since = new Map(
      standing.map((row) => [`${row.contractorId}\n${row.lookup}`, row.since.toISOString()]),
    );
    await tx.contractorAddress.deleteMany({ where: these });
    const addresses = entries.flatMap(({ entry, id }) =>
      entry.addresses.map((address, position) => {
        const lookup = address.toLowerCase();
        // An address that stays was registered when it came, not today.
        return {
          ...{ contractorId: id, position, address, lookup },
          since: since.get(`${id}\n${lookup}`) ?? at,
        };
      }),
    );
    await tx.contractorAddress.createMany({ data: addresses });
  }
}

function slices<T>(entries: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(entries.length / SLICE) }, (_, n) =>
    entries.slice(n * SLICE, (n + 1) * SLICE),
  );
}

async function keepHistory(
  { tx }: Context,
  registry: "orderer" | "contractor",
  before: readonly { id: string }[],
  at: string,
): Promise<void> {
  const data = before.map((entry) => ({
    ...{ registry, entryId: entry.id, replacedAt: new Date(at), before: json(entry) },
  }));
  await tx.registryHistory.createMany({ data });
}

function ordererRow({ mailboxes: _, ...rest }: Orderer, id: string, changedAt: string) {
  const foldedCertificateName = foldForComparison(rest.certificateName);
  return { ...rest, id, foldedName: foldForComparison(rest.name), foldedCertificateName, changedAt };
}

function contractorRow({ addresses: _, ...rest }: Contractor, id: string, changedAt: string) {
  return { ...rest, id, foldedName: foldForComparison(rest.name), changedAt };
}

function mailboxRow({ from, until, ...rest }: OrdererMailbox, ordererId: string, position: number) {
  return { ...rest, ordererId, position, validFrom: from, validUntil: until, lookup: lookupOf(rest) };
}
