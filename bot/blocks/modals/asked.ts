import { contentAfter } from "../../../core/guarantee/changes.ts";
import {
  type CertificateContent,
  type ChangeKind,
  type Guarantee,
  latestCertificate,
} from "../../../core/guarantee/guarantee.ts";
import type { Day, Instant } from "../../../core/terms.ts";

/** What a checker is asked to approve of one product, with what it is compared with. */
export interface Asked {
  guaranteeId: string;
  kind: Guarantee["kind"];
  what: "issue" | ChangeKind;
  contentHash: string;
  maker: { employee: string; name: string };
  requestedAt: Instant;
  /** What the certificates said, or the request before this one; null where there is nothing to compare. */
  before: CertificateContent | null;
  /** What will hold; of what ends, what ends. */
  after: CertificateContent;
  reason: string | null;
  /** The day from which it no longer holds. */
  on: Day | null;
  /** The address that the key is to be sent to. */
  to: string | null;
}

/** What of a guarantee waits for a checker; null when nothing does (`awaited` of core/desk/approve.ts). */
export function askedOf(guarantee: Guarantee): Asked | null {
  const { id: guaranteeId, kind } = guarantee;
  if (guarantee.status === "awaiting_approval" && guarantee.approval === null) {
    const { contentHash, maker, requestedAt, previous, content } = guarantee.request;
    return {
      ...{ guaranteeId, kind, what: "issue", contentHash, maker, requestedAt },
      ...{ before: previous, after: content, reason: null, on: null, to: null },
    };
  }
  if (guarantee.status !== "in_force" || guarantee.change === null || guarantee.change.approval !== null)
    return null;
  const { contentHash, maker, requestedAt, proposed } = guarantee.change;
  const differs = "content" in proposed || proposed.change === "unamend";
  return {
    ...{ guaranteeId, kind, what: proposed.change, contentHash, maker, requestedAt },
    before: differs ? latestCertificate(guarantee).content : null,
    after: contentAfter(guarantee, proposed),
    reason: proposed.reason,
    on: "on" in proposed ? proposed.on : null,
    to: proposed.change === "resend" ? proposed.to : null,
  };
}
