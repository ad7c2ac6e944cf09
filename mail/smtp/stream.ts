import { Readable } from "node:stream";

/** Small pieces, so that a connection lost in the middle of a letter is seen to be lost in the middle. */
const PIECE_BYTES = 16_384;

/** A letter as a stream that remembers how much of it was taken: only then can "not sent" be told from "perhaps". */
export class LetterStream extends Readable {
  readonly #letter: Uint8Array;
  #at = 0;

  constructor(letter: Uint8Array) {
    super({ highWaterMark: PIECE_BYTES });
    this.#letter = letter;
  }

  get begun(): boolean {
    return this.#at > 0;
  }

  /** From here on the final dot may have left. */
  get consumed(): boolean {
    return this.#at >= this.#letter.length;
  }

  override _read(): void {
    if (this.consumed) this.push(null);
    else {
      const end = Math.min(this.#at + PIECE_BYTES, this.#letter.length);
      this.push(this.#letter.subarray(this.#at, end));
      this.#at = end;
    }
  }
}
