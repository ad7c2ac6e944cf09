/** The documents the desk draws: the front door of this folder. */
import type { Documents } from "../../core/ports.ts";
import { drawCertificate } from "./certificate.ts";
import { drawNotice } from "./notice.ts";
import { face, TYPEFACES } from "./typefaces.ts";
import { wording } from "./wording.ts";

export { drawCertificate, drawNotice };

/**
 * Opens every font (about 0.2 s), so that a missing file shows at start and the first notice is as quick as the rest.
 * @returns the fonts' names
 * @throws when a font file is missing or damaged
 */
export function openFonts(): string[] {
  return TYPEFACES.map((typeface) => face(typeface).name);
}

/** What core asks of documents; the fonts are open when it returns. */
export function documentPort(): Documents {
  openFonts();
  return {
    drawNotice,
    drawCertificate,
    fileNames: (number, serial) => ({
      certificate:
        serial === 0
          ? wording.files.certificate({ number })
          : wording.files.amended({ number, serial: String(serial) }),
      notice: wording.files.notice({ number }),
    }),
    productName: (kind) => wording.products[kind],
  };
}
