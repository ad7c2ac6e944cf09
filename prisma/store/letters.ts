import { randomUUID } from "node:crypto";
import type { ArrivedLetter, LetterRows, StoredLetter } from "../../core/store.ts";
import type { Letter } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { bytes } from "./rows.ts";
import { letterKind, letterState } from "./shapes.ts";

/** Letters that came in: recorded before anything is thought about them. */
export function letterRows({ tx, enqueue }: Context): LetterRows {
  /** One statement decides between many watchers of a mailbox: place and content are unique in the table. */
  async function insert(letter: ArrivedLetter, duplicateOf: string | null): Promise<string | null> {
    const { place, receivedAt, sealedRaw, ...rest } = letter;
    const id = randomUUID();
    const { count } = await tx.letter.createMany({
      data: {
        ...{ ...rest, id, duplicateOf },
        ...{ mailbox: place.mailbox, uidValidity: place.uidValidity, uid: BigInt(place.uid) },
        receivedAt: new Date(receivedAt),
        sealedRaw: duplicateOf === null ? bytes(sealedRaw) : null,
        state: duplicateOf === null ? "stored" : "noted",
      },
      skipDuplicates: true,
    });
    return count === 1 ? id : null;
  }

  return {
    async recordLetter(letter) {
      const id = await insert(letter, null);
      if (id !== null) {
        if (letter.answerable) enqueue("mail.read", id);
        return { id, duplicate: false };
      }
      const { mailbox, uidValidity, uid } = letter.place;
      const place = { mailbox, uidValidity, uid: BigInt(uid) };
      const there = await tx.letter.findUnique({
        where: { mailbox_uidValidity_uid: place },
        select: { id: true },
      });
      if (there !== null) return { id: there.id, duplicate: true };
      const { contentKey } = letter;
      const original = await tx.letter.findFirst({
        where: { contentKey, duplicateOf: null },
        select: { id: true },
      });
      if (original === null)
        throw new Error("a letter is neither new nor known; recording it again will tell");
      await insert(letter, original.id);
      return { id: original.id, duplicate: true };
    },

    async recordedUids(mailbox, uidValidity) {
      const rows = await tx.letter.findMany({ where: { mailbox, uidValidity }, select: { uid: true } });
      return new Set(rows.map(({ uid }) => Number(uid)));
    },

    async beginLetter(id) {
      const [row] = await tx.letter.updateManyAndReturn({
        where: { id },
        data: { attempts: { increment: 1 } },
      });
      return row === undefined ? null : toLetter(row);
    },

    async letter(id) {
      const row = await tx.letter.findUnique({ where: { id } });
      return row === null ? null : toLetter(row);
    },

    async finishLetter(id, verdict) {
      await tx.letter.update({ where: { id }, data: verdict, select: { id: true } });
    },
  };
}

/** A duplicate keeps no bytes of its own: they lie with the letter it repeats. */
function toLetter(row: Letter): StoredLetter {
  return {
    id: row.id,
    receivedAt: row.receivedAt.toISOString(),
    sealedRaw: row.sealedRaw ?? new Uint8Array(),
    size: row.size,
    oversize: row.oversize,
    answerable: row.answerable,
    state: letterState.parse(row.state),
    attempts: row.attempts,
    kind: letterKind.nullable().parse(row.kind),
    fromAddress: row.fromAddress,
    subject: row.subject,
    caseId: row.caseId,
  };
}
