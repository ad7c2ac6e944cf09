/** The documents as core asks for them, without their fonts: most programs and most days draw none at start. */
import type { Documents } from "../../core/ports.ts";
import { checkTypefaceFiles } from "./typeface-files.ts";
import { wording } from "./wording.ts";

/**
 * What core asks of documents. Drawing is loaded with the first document (about half a second, once).
 * @throws when a font file is missing: at start, not at the first document.
 */
export function documentPort(): Documents {
  checkTypefaceFiles();
  return {
    drawNotice: async (notice) => (await import("./documents.ts")).drawNotice(notice),
    drawCertificate: async (certificate) => (await import("./documents.ts")).drawCertificate(certificate),
    fileNames: (number, serial) => ({
      certificate:
        serial === 0
          ? wording.files.certificate({ number })
          : wording.files.amended({ number, serial: String(serial) }),
      notice: wording.files.notice({ number }),
    }),
    blankForm: async () => (await import("../form/blank.ts")).blankForm(),
    productName: (kind) => wording.products[kind],
  };
}
