import { dayInTokyo } from "../dates.ts";
import { MissingGlyphError } from "../documents.ts";
import { newAuthKey } from "../guarantee/auth-key.ts";
import { type CertificateContent, type Guarantee, latestCertificate } from "../guarantee/guarantee.ts";
import { fiscalYearOf, formatGuaranteeNumber } from "../guarantee/number.ts";
import type { Desk } from "../ports.ts";
import type { Refusal } from "../refusals.ts";
import type { GuaranteeNumber, Instant } from "../terms.ts";
import { certificateData, noticeData } from "./draw.ts";

/** A certificate that somebody asks for, with a stand-in where a number is not given yet. */
interface Trial {
  content: CertificateContent;
  number: GuaranteeNumber;
  serial: number;
  at: Instant;
}

/**
 * Why the documents that are asked for cannot be drawn, or `null` when they can: known now and not after two people
 * have signed. The key is a stand-in.
 */
export async function tryToDraw(desk: Desk, guarantee: Guarantee): Promise<Refusal | null> {
  const trial = trialOf(guarantee);
  if (trial === null) return null;
  const { content, number, serial, at } = trial;
  try {
    await desk.documents.drawCertificate(certificateData(desk, content, number, serial, at));
    if (content.medium === "electronic")
      await desk.documents.drawNotice(noticeData(desk, content, number, newAuthKey(desk.random), at));
    return null;
  } catch (error) {
    if (error instanceof MissingGlyphError)
      return { code: "glyph_missing", detail: { character: error.character } };
    if (error instanceof RangeError) return { code: "too_long_to_print", detail: { kind: guarantee.kind } };
    throw error;
  }
}

function trialOf(guarantee: Guarantee): Trial | null {
  if (guarantee.status === "awaiting_approval") {
    const { content, requestedAt: at } = guarantee.request;
    const number = formatGuaranteeNumber(fiscalYearOf(dayInTokyo(at)), 1);
    return { content, number, serial: 0, at };
  }
  if (guarantee.status !== "in_force" || guarantee.change === null) return null;
  const { proposed, requestedAt: at } = guarantee.change;
  if (!("content" in proposed)) return null;
  const serial = latestCertificate(guarantee).serial + (proposed.change === "amend" ? 1 : 0);
  return { content: proposed.content, number: guarantee.number, serial, at };
}
