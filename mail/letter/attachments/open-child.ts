/** The child process that opens strangers' files: one file in, its text or why there is none out. Ends with its parent. */
import type { SheetStart, UnreadReason } from "../../../core/reader/source.ts";
import { extractPdf } from "./pdf.ts";
import { extractSheet } from "./sheet.ts";

/** What the child hands back. `data` is the machine-readable JSON found inside a PDF, still unchecked. */
export interface Extracted {
  text: string;
  data: unknown[];
  /** The sheets of a workbook. */
  sheets?: SheetStart[];
  /** Why there is no text, or not all of it. */
  unread?: UnreadReason;
}

process.on("disconnect", () => process.exit(0));
process.on(
  "message",
  async ({ id, kind, base64 }: { id: number; kind: "pdf" | "spreadsheet"; base64: string }) => {
    try {
      const bytes = new Uint8Array(Buffer.from(base64, "base64"));
      const extracted: Extracted = kind === "pdf" ? await extractPdf(bytes) : await extractSheet(bytes);
      process.send?.({ id, extracted });
    } catch {
      // The message of an error may quote the file: it stays here.
      process.send?.({ id, extracted: { text: "", data: [], unread: "broken" } satisfies Extracted });
    }
  },
);
