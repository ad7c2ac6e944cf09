import { createHash } from "node:crypto";
import type { CertificateContent } from "./guarantee.ts";

/** SHA-256 (hex) over a certificate's content with its members in alphabetical order: the checker approves this. */
export function contentHash(content: CertificateContent): string {
  const ordered = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(ordered)).digest("hex");
}
