import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../../prisma/migrate.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";

/** schema.prisma and the migrations are both written by hand: here they are held against each other. */

const TYPES: Record<string, string> = {
  String: "text",
  Int: "int4",
  BigInt: "int8",
  Boolean: "bool",
  Json: "jsonb",
  Bytes: "bytea",
  DateTime: "timestamptz",
};

interface Shape {
  columns: string[];
  unique: string[];
  indexes: string[];
  references: string[];
}

test("the migrated database is what schema.prisma says", async () => {
  const wanted = await declared();
  const database = await freshDatabase();
  const found = await migrated(database.url);
  await database.drop();
  expect(Object.keys(wanted).length).toBeGreaterThan(15);
  expect(found).toEqual(wanted);
});

async function declared(): Promise<Record<string, Shape>> {
  const schema = await readFile(path.join(MIGRATIONS, "..", "schema.prisma"), "utf8");
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = "", body = ""]) => ({
    name,
    body,
  }));
  const tables = new Map(models.map(({ name, body }) => [name, body.match(/@@map\("(\w+)"\)/)?.[1] ?? name]));
  return Object.fromEntries(models.map(({ name, body }) => [tables.get(name), readModel(body, tables)]));
}

function readModel(body: string, tables: Map<string, string>): Shape {
  const shape: Shape = { columns: [], unique: [], indexes: [], references: [] };
  const names = new Map<string, string>();
  const columns = (list: string) => list.split(",").map((field) => names.get(field.trim()) ?? "?");
  for (const line of body.split("\n").map((text) => text.trim())) {
    const [, field = "", type = "", mark = ""] = line.match(/^(\w+)\s+(\w+)(\[\]|\?)?/) ?? [];
    const relation = line.match(/@relation\(fields: \[([^\]]+)\]/)?.[1];
    if (relation !== undefined) shape.references.push(`${columns(relation)} -> ${tables.get(type)}`);
    const list = line.match(/^@@(\w+)\(\[([^\]]+)\]/);
    if (list?.[1] === "index") shape.indexes.push(columns(list[2] ?? "").join());
    else if (list !== null && list[1] !== "map") shape.unique.push(columns(list[2] ?? "").join());
    const kind = TYPES[type];
    if (field === "" || kind === undefined) continue;
    const column = line.match(/@map\("(\w+)"\)/)?.[1] ?? field;
    names.set(field, column);
    // A list is never null for Prisma, and free to be it for PostgreSQL.
    const nullable = mark !== "" ? " null" : "";
    const fallback = line.match(/@default\(([^)]+\)?)\)/) === null ? "" : " default";
    shape.columns.push(`${column} ${mark === "[]" ? `_${kind}` : kind}${nullable}${fallback}`);
    if (/@(id|unique)\b/.test(line)) shape.unique.push(column);
  }
  return sorted(shape);
}

async function migrated(url: string): Promise<Record<string, Shape>> {
  const db = await connectOnce(url);
  const tables: Record<string, Shape> = {};
  const at = (table: string) => {
    tables[table] ??= { columns: [], unique: [], indexes: [], references: [] };
    return tables[table];
  };
  const columns = await db.query<
    Record<"table_name" | "column_name" | "udt_name" | "is_nullable", string> & { column_default: unknown }
  >(
    `SELECT table_name, column_name, udt_name, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
  );
  for (const row of columns.rows) {
    const nullable = row.is_nullable === "YES" ? " null" : "";
    at(row.table_name).columns.push(
      `${row.column_name} ${row.udt_name}${nullable}${row.column_default === null ? "" : " default"}`,
    );
  }
  // Indexes over a part of the rows cannot be said in schema.prisma.
  const indexes = await db.query<{ table: string; columns: string; unique: boolean }>(
    `SELECT t.relname AS table, i.indisunique AS unique,
       (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(attnum, n)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = 'public' AND i.indpred IS NULL AND t.relname <> '_prisma_migrations'`,
  );
  for (const row of indexes.rows) at(row.table)[row.unique ? "unique" : "indexes"].push(row.columns);
  const references = await db.query<{ table: string; column: string; target: string }>(
    `SELECT c.conrelid::regclass::text AS table, a.attname AS column, c.confrelid::regclass::text AS target
     FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace`,
  );
  for (const row of references.rows) at(row.table).references.push(`${row.column} -> ${row.target}`);
  await db.end();
  return Object.fromEntries(Object.entries(tables).map(([name, shape]) => [name, sorted(shape)]));
}

function sorted(shape: Shape): Shape {
  for (const list of Object.values(shape)) list.sort();
  return shape;
}
