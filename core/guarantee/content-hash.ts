import { createHash } from "node:crypto";
import type { CertificateContent, CertificateVersion, ProposedChange } from "./guarantee.ts";

/** SHA-256 (hex) over a certificate's content with its members in alphabetical order: the checker approves this. */
export function contentHash(content: CertificateContent): string {
  return digest(content);
}

/** The same over a change that is asked for, and over the certificate that it changes. */
export function changeHash(before: CertificateVersion, proposed: ProposedChange): string {
  const content = "content" in proposed ? contentHash(proposed.content) : "";
  return digest({ ...proposed, content, position: before.position, replaced: contentHash(before.content) });
}

function digest(members: object): string {
  const ordered = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(ordered)).digest("hex");
}
