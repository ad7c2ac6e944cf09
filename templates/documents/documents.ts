/** The documents the desk draws: the front door of this folder. */
import { drawCertificate } from "./certificate.ts";
import { drawNotice } from "./notice.ts";
import { TYPEFACES } from "./typeface-files.ts";
import { face } from "./typefaces.ts";

export { documentPort } from "./port.ts";
export { drawCertificate, drawNotice };

/**
 * Opens every font (about 0.2 s), to see that none is damaged.
 * @returns the fonts' names
 * @throws when a font file is missing or damaged
 */
export function openFonts(): string[] {
  return TYPEFACES.map((typeface) => face(typeface).name);
}
