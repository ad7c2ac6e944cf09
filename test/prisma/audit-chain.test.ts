import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAuditHead, parseAuditHead } from "../../core/desk/audit-head.ts";
import type { AuditEntry } from "../../core/store.ts";
import { type Chained, chained, FIRST_HASH, walk } from "../../prisma/store/audit-chain.ts";

/** The chain as arithmetic: whatever one does to it shows at that place or at the next. */

const START = { entries: 0, hash: FIRST_HASH };
const entry: fc.Arbitrary<AuditEntry> = fc.record({
  at: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((at) => at.toISOString()),
  actor: fc.constantFrom(
    { kind: "desk" as const },
    { kind: "staff" as const, actor: { employee: "1001", name: "佐藤" } },
  ),
  action: fc.string({ maxLength: 12 }),
  caseId: fc.option(fc.string({ maxLength: 8 })),
  guaranteeId: fc.constant(null),
  cause: fc.string({ maxLength: 12 }),
  data: fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 })),
});
const entries = fc.array(entry, { minLength: 2, maxLength: 12 });
const at = (list: readonly unknown[], place: number) => place % list.length;

describe("the chain of the audit log", () => {
  it("is whole as it was written, also after the database has sorted the members of the data", () => {
    fc.assert(
      fc.property(entries, (list) => {
        const rows = chained(list, 0, FIRST_HASH);
        const resorted = rows.map((row) => ({ ...row, data: turned(row.data) }));
        expect(walk(resorted, START)).toEqual({
          entries: rows.length,
          hash: rows.at(-1)?.hash,
          broken: null,
        });
      }),
    );
  });

  it("can be walked in pages of any size", () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, cut) => {
        const rows = chained(list, 0, FIRST_HASH);
        const { broken: _, ...half } = walk(rows.slice(0, at(rows, cut)), START);
        expect(walk(rows.slice(at(rows, cut)), half)).toEqual(walk(rows, START));
      }),
    );
  });

  it("shows the first entry that was altered, removed, doubled or changed places", () => {
    const harms: ((rows: Chained[], place: number) => Chained[])[] = [
      (rows, place) => rows.map((row, n) => (n === place ? { ...row, action: `${row.action}!` } : row)),
      (rows, place) => rows.map((row, n) => (n === place ? { ...row, data: { forged: true } } : row)),
      (rows, place) => rows.map((row, n) => (n === place ? { ...row, at: new Date(4.1e12) } : row)),
      (rows, place) => [...rows.slice(0, place), ...rows.slice(place + 1)],
      (rows, place) => rows.flatMap((row, n) => (n === place ? [row, row] : [row])),
      (rows, place) => [...rows.slice(0, place), ...rows.slice(place).reverse()],
    ];
    fc.assert(
      fc.property(entries, fc.nat(), fc.constantFrom(...harms), (list, where, harm) => {
        const rows = chained(list, 0, FIRST_HASH);
        // The last one that is gone leaves a shorter chain, which the counter and a published head tell.
        const place = where % (rows.length - 1);
        const found = walk(harm(rows, place), START);
        expect(found.broken).not.toBeNull();
        expect(found.entries).toBeGreaterThanOrEqual(place);
        expect(found.entries).toBeLessThanOrEqual(place + 1);
      }),
    );
  });

  it("shows where the rows of one chain go on with those of another", () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, where) => {
        const cut = 1 + (where % (list.length - 1));
        const other = list.map((one, n) => (n === 0 ? { ...one, cause: `${one.cause}!` } : one));
        const [mine, theirs] = [chained(list, 0, FIRST_HASH), chained(other, 0, FIRST_HASH)];
        expect(walk([...mine.slice(0, cut), ...theirs.slice(cut)], START).broken).toBe(cut + 1);
      }),
    );
  });

  it("has another head when anything before it was another, so that a rewrite cannot keep a published head", () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, where) => {
        const forged = list.map((one, n) =>
          n === at(list, where) ? { ...one, cause: `${one.cause}!` } : one,
        );
        const [before, after] = [chained(list, 0, FIRST_HASH), chained(forged, 0, FIRST_HASH)];
        expect(walk(after, START).broken).toBeNull();
        expect(after.at(-1)?.hash).not.toBe(before.at(-1)?.hash);
      }),
    );
  });

  it("names its head so that a copy with spaces or capitals reads back, and nothing else does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e14 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (serial, bytes) => {
          const head = { serial, hash: Buffer.from(bytes).toString("hex") };
          expect(parseAuditHead(`  ${formatAuditHead(head).toUpperCase()}\n`)).toEqual(head);
        },
      ),
    );
    for (const wrong of ["", "12", "12:", ":ab", `12:${"a".repeat(63)}`, `x:${"a".repeat(64)}`])
      expect(parseAuditHead(wrong)).toBeNull();
  });
});

/** The same values with their members in the other order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}
