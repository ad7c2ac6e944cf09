import type { LetterToFile } from "../../core/rows/letters.ts";
import type { FilingContext } from "../../mail/imap/folders.ts";

/** The rows of the store that matter to filing, as a table. */
export function filingTable(account: FilingContext["account"], rows: (LetterToFile & { filed?: string })[]) {
  const said: string[] = [];
  const line = (_: object, message: string) => void said.push(message);
  const context: FilingContext = {
    account,
    journal: null,
    lettersToFile: async (_, __, limit) => rows.filter((row) => row.filed === undefined).slice(0, limit),
    noteFiled: async (ids, folder) => {
      for (const row of rows) if (ids.includes(row.id)) row.filed = folder;
    },
    now: () => "2026-04-10T00:00:00.000Z",
    log: { info: line, warn: line, error: line },
  };
  const filed = () => rows.map((row) => row.filed ?? null);
  return { context, rows, filed, said };
}
