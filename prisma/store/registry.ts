import { dayInTokyo } from "../../core/dates.ts";
import type { Orderer, OrdererMailbox, Registered } from "../../core/registry.ts";
import type { RegistryRows } from "../../core/rows/registry.ts";
import { foldForComparison } from "../../core/text.ts";
import type { Context } from "./context.ts";
import { registryChangeRows } from "./registry-changes.ts";
import { replaceContractors, replaceOrderers } from "./registry-import.ts";
import { registrySearch } from "./registry-search.ts";
import { CONTRACTOR, lookupOf, ORDERER, type OrdererRow, toContractor, toOrderer } from "./rows.ts";

const AT_ADDRESS = `
  SELECT o.id, o.prefecture, o.name, o.certificate_name AS "certificateName", o.branch,
    o.slack_channel AS "slackChannel", o.acceptance, o.routes, o.amounts, o.dry_run AS "dryRun",
    (SELECT json_agg(json_build_object('address', m.address, 'domain', m.domain, 'office', m.office,
        'products', m.products, 'validFrom', m.valid_from, 'validUntil', m.valid_until, 'confirmed', m.confirmed)
      ORDER BY m.position) FROM mailboxes m WHERE m.orderer_id = o.id) AS mailboxes
  FROM orderers o
  WHERE o.id IN (SELECT orderer_id FROM mailboxes WHERE lookup IN ($1, $2) AND confirmed) ORDER BY o.id`;

/** The two registries. What is replaced stays readable in the history. */
export function registryRows(context: Context): RegistryRows {
  const { tx, sql, now } = context;
  /** Trust and answer of one letter ask for the same address: one look-up a transaction. */
  const looked = new Map<string, Promise<Registered<Orderer>[]>>();

  function atAddress(address: string): Promise<Registered<Orderer>[]> {
    const found = looked.get(address) ?? lookUp(address);
    looked.set(address, found);
    return found;
  }

  async function lookUp(address: string): Promise<Registered<Orderer>[]> {
    const lookup = address.toLowerCase();
    const domain = lookup.slice(lookup.lastIndexOf("@"));
    const rows = await sql<OrdererRow>(AT_ADDRESS, [lookup, domain]);
    const today = dayInTokyo(now());
    const here = (mailbox: OrdererMailbox) => [lookup, domain].includes(lookupOf(mailbox));
    return rows
      .map(toOrderer)
      .filter(({ mailboxes }) => mailboxes.some((one) => one.confirmed && here(one) && validOn(one, today)));
  }

  return {
    ...registrySearch(context),
    ...registryChangeRows(context),

    async orderers() {
      const rows = await tx.orderer.findMany({
        include: ORDERER,
        orderBy: [{ prefecture: "asc" }, { name: "asc" }],
      });
      return rows.map(toOrderer);
    },

    async contractors() {
      const rows = await tx.contractor.findMany({ include: CONTRACTOR, orderBy: { name: "asc" } });
      return rows.map(toContractor);
    },

    async ordererNamed(name) {
      const folded = foldForComparison(name);
      const where = { OR: [{ foldedName: folded }, { foldedCertificateName: folded }] };
      const rows = await tx.orderer.findMany({ where, include: ORDERER, orderBy: { id: "asc" } });
      return rows.map(toOrderer);
    },

    async contractorNamed(name) {
      const where = { foldedName: foldForComparison(name) };
      const rows = await tx.contractor.findMany({ where, include: CONTRACTOR });
      // Two that differ only by a variant of a kanji: the one written exactly so, or none.
      const row = rows.length === 1 ? rows[0] : rows.find((one) => one.name === name);
      return row === undefined ? null : toContractor(row);
    },

    orderersAtAddress: atAddress,

    async isRegisteredAddress(address) {
      if ((await atAddress(address)).length > 0) return true;
      return (await tx.contractorAddress.findFirst({ where: { lookup: address.toLowerCase() } })) !== null;
    },

    replaceOrderers(orderers, at) {
      looked.clear();
      return replaceOrderers(context, orderers, at);
    },
    replaceContractors: (contractors, at) => replaceContractors(context, contractors, at),
  };
}

/** An unknown start counts as begun, and so does a month from its first day on: people confirmed the mailbox. */
function validOn({ from, until }: OrdererMailbox, today: string): boolean {
  return (
    (from === null || from.slice(0, 10) <= today.slice(0, from.length)) && (until === null || today <= until)
  );
}
