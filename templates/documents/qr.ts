/** QR codes as rectangles. The only file that knows qrcode. */
import qrcode from "qrcode";

export interface QrCode {
  /** Modules a side, without the quiet zone. */
  size: number;
  /** Dark modules, joined into horizontal runs. */
  runs: { x: number; y: number; width: number }[];
}

/** Runs long enough that the denser alphabet of capitals and digits pays; percent-encoded Japanese is all of it. */
const SEGMENTS = /[0-9A-Z$%*+\-./:]{12,}|(?:(?![0-9A-Z$%*+\-./:]{12}).)+/gs;

const DENSE = /^[0-9A-Z$%*+\-./:]+$/;

/**
 * Encodes an ASCII text. Told where the segments are, qrcode need not search for the best split (as long as all the rest). A fixed mask saves trying all eight; level M stands a crease or a stamp.
 * @throws Error when the text is too long for a QR code (about 2 KB)
 */
export function qrCode(text: string): QrCode {
  const segments = Array.from(text.match(SEGMENTS) ?? [], (data) =>
    DENSE.test(data)
      ? { data, mode: "alphanumeric" as const }
      : { data: Buffer.from(data), mode: "byte" as const },
  );
  const { modules } = qrcode.create(segments, { errorCorrectionLevel: "M", maskPattern: 3 });
  const { size, data } = modules;
  const runs: QrCode["runs"] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!data[y * size + x]) continue;
      const start = x;
      while (x < size && data[y * size + x]) x++;
      runs.push({ x: start, y, width: x - start });
    }
  }
  return { size, runs };
}
