import type { Contractor, Orderer, Registered } from "../../core/registry.ts";
import type { RegistryRows } from "../../core/rows/registry.ts";
import { foldForComparison } from "../../core/text.ts";
import type { Context } from "./context.ts";
import { literally } from "./like.ts";
import { CONTRACTOR, ORDERER, toContractor, toOrderer } from "./rows.ts";

/** Finding one entry of a registry, for staff; letters find theirs by the whole name (`registry.ts`). */

/** `$2` is the folded name itself, `$1` and `$3` the patterns "somewhere in it" and "at its beginning". */
const CONTRACTORS_LIKE = `
  SELECT id FROM contractors WHERE folded_name LIKE $1
  ORDER BY folded_name <> $2, folded_name NOT LIKE $3, length(name), name LIMIT $4`;
const CONTRACTORS_AT = `
  SELECT c.id FROM contractors c
  WHERE c.id IN (SELECT contractor_id FROM contractor_addresses WHERE lookup = $1) ORDER BY c.name LIMIT $2`;
const CONTRACTORS_CHANGED = "SELECT id FROM contractors ORDER BY changed_at DESC, name LIMIT $1";
const ORDERERS_LIKE = `
  SELECT id FROM orderers
  WHERE folded_name LIKE $1 OR folded_certificate_name LIKE $1 OR upper(prefecture) || folded_name LIKE $1
  ORDER BY $2 NOT IN (folded_name, folded_certificate_name), folded_name NOT LIKE $3, length(name), prefecture, name
  LIMIT $4`;
const ORDERERS_AT = `
  SELECT o.id FROM orderers o
  WHERE o.id IN (SELECT orderer_id FROM mailboxes WHERE lookup IN ($1, $2)) ORDER BY o.prefecture, o.name LIMIT $3`;
const ORDERERS_CHANGED = "SELECT id FROM orderers ORDER BY changed_at DESC, name LIMIT $1";
/** `$1` in lower case; a mailbox may stand for the whole domain. */
const HOLDERS = `
  SELECT asked.address, holder.name FROM unnest($1::text[]) WITH ORDINALITY AS asked (address, place)
  CROSS JOIN LATERAL (
    SELECT found.name, row_number() OVER (ORDER BY found.source, found.prefecture, found.name) AS place
    FROM (SELECT 0 AS source, '' AS prefecture, c.name FROM contractors c
        WHERE c.id IN (SELECT contractor_id FROM contractor_addresses WHERE lookup = asked.address)
          AND c.id IS DISTINCT FROM $2
      UNION ALL SELECT 1, o.prefecture, o.name FROM orderers o
        WHERE o.id IN (SELECT orderer_id FROM mailboxes
          WHERE lookup IN (asked.address, substring(asked.address FROM '@[^@]*$')))) AS found
    ORDER BY place LIMIT $3) AS holder
  ORDER BY asked.place, holder.place`;
/** Names are folded by core, so those that might be meant are read and compared there; so many are read at most. */
const NAMES_READ_MAX = 2000;
/** What is a mail address and cannot be a name; a company may have an @ in its name. */
const ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const UNDECIDED = `
  SELECT c.id, c.contractor_id AS "contractorId", c.application->>'contractorName' AS name FROM cases c
  WHERE (c.contractor_id = $1 OR c.contractor_id IS NULL)
    AND EXISTS (SELECT FROM guarantees g WHERE g.case_id = c.id AND g.status = 'applied')
  ORDER BY c.opened_at LIMIT $2`;
/** Not the key: a case that is linked to the entry meanwhile (its foreign key) need not wait. */
const LOCK_CONTRACTOR = "SELECT id FROM contractors WHERE id = $1 FOR NO KEY UPDATE";
const LOCK_ORDERER = "SELECT id FROM orderers WHERE id = $1 FOR NO KEY UPDATE";

type Search = Pick<
  RegistryRows,
  | "contractorsLike"
  | "orderersLike"
  | "holdersOf"
  | "contractorById"
  | "ordererById"
  | "lockContractor"
  | "lockOrderer"
  | "addressesSince"
  | "casesOfContractor"
  | "undecidedCasesOf"
>;

export function registrySearch({ tx, sql }: Context): Search {
  return {
    async contractorsLike(words, limit) {
      const found = await idsLike(words, limit, {
        ...{ like: CONTRACTORS_LIKE, changed: CONTRACTORS_CHANGED },
        at: (address) => sql<{ id: string }>(CONTRACTORS_AT, [address, limit]),
      });
      const rows = await tx.contractor.findMany({ where: { id: { in: found } }, include: CONTRACTOR });
      return inOrder(rows, found).map(toContractor);
    },

    async orderersLike(words, limit) {
      const found = await idsLike(words, limit, {
        ...{ like: ORDERERS_LIKE, changed: ORDERERS_CHANGED },
        at: (address) =>
          sql<{ id: string }>(ORDERERS_AT, [address, address.slice(address.lastIndexOf("@")), limit]),
      });
      const rows = await tx.orderer.findMany({ where: { id: { in: found } }, include: ORDERER });
      return inOrder(rows, found).map(toOrderer);
    },

    async holdersOf(addresses, except, limit) {
      if (addresses.length === 0) return [];
      return sql(HOLDERS, [addresses.map((one) => one.toLowerCase()), except, limit]);
    },

    contractorById,
    async lockContractor(id) {
      await sql(LOCK_CONTRACTOR, [id]);
      return contractorById(id);
    },

    ordererById,
    async lockOrderer(id) {
      await sql(LOCK_ORDERER, [id]);
      return ordererById(id);
    },

    async addressesSince(contractorId) {
      const rows = await tx.contractorAddress.findMany({ where: { contractorId } });
      return new Map(rows.map(({ lookup, since }) => [lookup, since.toISOString()]));
    },

    casesOfContractor: (contractorId) => tx.case.count({ where: { contractorId } }),

    async undecidedCasesOf({ id, name }, limit) {
      const folded = foldForComparison(name);
      const rows = await sql<{ id: string; contractorId: string | null; name: string | null }>(UNDECIDED, [
        id,
        NAMES_READ_MAX,
      ]);
      const concerned = rows.filter(
        (row) => row.contractorId === id || (row.name !== null && foldForComparison(row.name) === folded),
      );
      return concerned
        .slice(0, limit)
        .map((row) => row.id)
        .sort();
    },
  };

  async function contractorById(id: string): Promise<Registered<Contractor> | null> {
    const row = await tx.contractor.findUnique({ where: { id }, include: CONTRACTOR });
    return row === null ? null : toContractor(row);
  }

  async function ordererById(id: string): Promise<Registered<Orderer> | null> {
    const row = await tx.orderer.findUnique({ where: { id }, include: ORDERER });
    return row === null ? null : toOrderer(row);
  }

  async function idsLike(
    words: string,
    limit: number,
    by: { like: string; changed: string; at(address: string): Promise<{ id: string }[]> },
  ): Promise<string[]> {
    const rows = ADDRESS.test(words.trim())
      ? await by.at(words.trim().toLowerCase())
      : await namedLike(foldForComparison(words), limit, by);
    return rows.map(({ id }) => id);
  }

  function namedLike(folded: string, limit: number, { like, changed }: { like: string; changed: string }) {
    if (folded === "") return sql<{ id: string }>(changed, [limit]);
    const pattern = literally(folded);
    return sql<{ id: string }>(like, [`%${pattern}%`, folded, `${pattern}%`, limit]);
  }
}

function inOrder<Row extends { id: string }>(rows: readonly Row[], ids: readonly string[]): Row[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => known.get(id) ?? []);
}
