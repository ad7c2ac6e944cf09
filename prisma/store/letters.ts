import { randomUUID } from "node:crypto";
import type {
  ArrivedLetter,
  LetterRows,
  LetterToFile,
  Office,
  StoredLetter,
} from "../../core/rows/letters.ts";
import { Fenced } from "../../core/store.ts";
import type { Letter } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { plainBytes } from "./rows.ts";
import { letterKind, letterState, understanding } from "./shapes.ts";

const INSERT = `
  INSERT INTO letters (id, mailbox, uid_validity, uid, received_at, sender, content_key, header_key, duplicate_of,
    sealed_raw, size, oversize, answerable, state, finished_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING RETURNING id`;
/** Who freezes in the middle is ended by the server before a new holder of the office, who waits for it, gets impatient. */
const FROZEN_STEP = "4s";
/** Shares the row with the beats of the office, which change no key, and with nobody who takes it over. */
const OFFICE = `
  SELECT epoch, set_config('idle_in_transaction_session_timeout', $2, true) FROM offices WHERE name = $1
  FOR KEY SHARE`;
/** The column is an INTEGER; a server may name any size up to 2^63-1 (RFC 9051 §9, number64), and the letter is kept. */
const SIZE_MAX = 2 ** 31 - 1;
const BEGIN = `
  UPDATE letters SET attempts = attempts + 1 WHERE id = ANY($1)
  RETURNING id, sender, received_at AS "receivedAt", sealed_raw AS "sealedRaw", size, oversize, answerable, state,
    attempts, kind, from_address AS "fromAddress", subject, case_id AS "caseId", reason, uncapped`;
const FINISH = `
  UPDATE letters SET state = $2, finished_at = $3, kind = $4, from_address = $5, subject = $6, message_id = $7,
    authentication_results = $8, trust = $9, case_id = $10, reason = $11, evidence = $12::jsonb
  WHERE id = $1 AND state = 'stored' RETURNING id`;

/** The columns of a letter that anybody asks for. */
type KeptLetter = Pick<
  Letter,
  | ("id" | "sender" | "receivedAt" | "sealedRaw" | "size" | "oversize" | "answerable" | "state" | "attempts")
  | ("kind" | "fromAddress" | "subject" | "caseId" | "reason" | "uncapped")
>;

/** Letters that came in: recorded before anything is thought about them. */
export function letterRows({ tx, sql, later, enqueue }: Context): LetterRows {
  /** One statement decides between many watchers of a mailbox: place and content are unique in the table. */
  async function insert(letters: readonly (ArrivedLetter & { duplicateOf: string | null })[]) {
    const made = letters.map(({ place, duplicateOf, ...letter }) => {
      const id = randomUUID();
      const original = duplicateOf === null;
      return sql<{ id: string }>(INSERT, [
        ...[id, place.mailbox, place.uidValidity, place.uid, letter.receivedAt, letter.sender],
        ...[letter.contentKey, letter.headerKey, duplicateOf, original ? letter.sealedRaw : null],
        ...[
          Math.min(letter.size, SIZE_MAX),
          letter.oversize,
          letter.answerable,
          original ? "stored" : "noted",
        ],
        original ? null : letter.receivedAt,
      ]);
    });
    // Sent together; each in a statement of its own, so that its bytes go as they are.
    return (await Promise.all(made)).map(([row]) => row?.id ?? null);
  }

  /** The take-over of an office waits for this lock, so a step that began in office also ends in it. */
  async function checkOffice({ name, epoch }: Office): Promise<void> {
    const [office] = await sql<{ epoch: string }>(OFFICE, [name, FROZEN_STEP]);
    if (Number(office?.epoch ?? 0) !== epoch) throw new Fenced(`the office ${name} has another holder`);
  }

  /** What is not new: its place was recorded before, or its content. */
  async function recognise(letters: readonly ArrivedLetter[]): Promise<string[]> {
    const there = await tx.letter.findMany({
      where: {
        OR: letters.map(({ place: { mailbox, uidValidity, uid } }) => ({
          ...{ mailbox, uidValidity, uid: BigInt(uid) },
        })),
      },
      select: { id: true, mailbox: true, uidValidity: true, uid: true },
    });
    const originals = await tx.letter.findMany({
      where: { contentKey: { in: letters.map(({ contentKey }) => contentKey) }, duplicateOf: null },
      select: { id: true, contentKey: true },
    });
    const again: (ArrivedLetter & { duplicateOf: string })[] = [];
    const ids = letters.map((letter) => {
      const { mailbox, uidValidity, uid } = letter.place;
      const same = there.find(
        (row) => row.mailbox === mailbox && row.uidValidity === uidValidity && Number(row.uid) === uid,
      );
      if (same !== undefined) return same.id;
      const original = originals.find(({ contentKey }) => contentKey === letter.contentKey);
      if (original === undefined)
        throw new Error("a letter is neither new nor known; recording it again will tell");
      again.push({ ...letter, duplicateOf: original.id });
      return original.id;
    });
    if (again.length > 0) await insert(again);
    return ids;
  }

  return {
    async recordLetters(letters, office) {
      await checkOffice(office);
      const fresh = await insert(letters.map((letter) => ({ ...letter, duplicateOf: null })));
      const known = letters.filter((_, at) => fresh[at] === null);
      const knownIds = known.length === 0 ? [] : await recognise(known);
      return letters.map((letter, at) => {
        const id = fresh[at];
        if (typeof id !== "string") return { id: knownIds[known.indexOf(letter)] ?? "", duplicate: true };
        if (letter.answerable) enqueue("mail.read", id);
        return { id, duplicate: false };
      });
    },

    async recordedUids(mailbox, uidValidity) {
      const rows = await tx.letter.findMany({ where: { mailbox, uidValidity }, select: { uid: true } });
      return new Set(rows.map(({ uid }) => Number(uid)));
    },

    async beginLetters(ids) {
      const rows = await sql<KeptLetter>(BEGIN, [[...ids]]);
      const byId = new Map(rows.map((row) => [row.id, toLetter(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    },

    async letter(id) {
      const row = await tx.letter.findUnique({ where: { id } });
      return row === null ? null : toLetter(row);
    },

    async understandingOf(id) {
      const row = await tx.letter.findUnique({ where: { id }, select: { evidence: true } });
      return understanding.nullable().parse(row?.evidence ?? null);
    },

    async lettersOf(caseId, limit) {
      const rows = await tx.letter.findMany({
        where: { caseId },
        orderBy: { serial: "desc" },
        take: limit,
        select: { id: true, receivedAt: true, kind: true, subject: true, fromAddress: true, state: true },
      });
      return rows.map(({ id, receivedAt, kind, subject, fromAddress, state }) => ({
        ...{ id, subject, receivedAt: receivedAt.toISOString(), from: fromAddress },
        ...{ kind: letterKind.nullable().parse(kind), state: letterState.parse(state) },
      }));
    },

    async earlierUnfinished(id, limit) {
      const [answer] = await tx.$queryRaw<{ earlier: number }[]>`
        SELECT count(*)::int AS earlier FROM (SELECT FROM letters mine JOIN letters other
          ON other.sender = mine.sender AND other.serial < mine.serial
          WHERE mine.id = ${id} AND other.state = 'stored' AND other.answerable LIMIT ${limit}) AS found`;
      return answer?.earlier ?? 0;
    },

    async postponeLetter(id, until) {
      await tx.letter.updateMany({
        where: { id, state: "stored", attempts: { gt: 0 } },
        data: { attempts: { decrement: 1 } },
      });
      enqueue("mail.read", id, new Date(until));
    },

    async finishLetter(id, { state, at, evidence, problems = null, ...verdict }) {
      const { kind, fromAddress, subject, messageId, authenticationResults, trust, caseId, reason } = verdict;
      const seen = [kind, fromAddress, subject, messageId, authenticationResults, trust, caseId, reason];
      const read = evidence === undefined ? null : JSON.stringify({ evidence, problems });
      later(FINISH, [id, state, at, ...seen, read], (rows) => {
        // A job may run twice at the same time: whoever comes second undoes all that it did.
        if (rows.length === 0) throw new Error("the letter was finished by somebody else");
      });
    },

    async parkedLetters(limit) {
      const rows = await tx.letter.findMany({
        where: { state: "parked" },
        orderBy: { serial: "asc" },
        take: limit,
      });
      return rows.map(toLetter);
    },

    async retryLetter(id) {
      const { count } = await tx.letter.updateMany({
        where: { id, state: "parked", erasedAt: null },
        data: { state: "stored", attempts: 0, reason: null, finishedAt: null, uncapped: true },
      });
      if (count === 1) enqueue("mail.read", id);
      return count === 1;
    },

    async closeLetter(id, at) {
      const { count } = await tx.letter.updateMany({
        where: { id, state: "parked" },
        data: { state: "closed", finishedAt: new Date(at) },
      });
      return count === 1;
    },

    async lettersToFile(mailbox, uidValidity, limit) {
      const rows = await tx.letter.findMany({
        where: { mailbox, uidValidity, filed: null, answerable: true, state: { not: "stored" } },
        orderBy: { uid: "asc" },
        take: limit,
        select: { id: true, uid: true, headerKey: true, state: true, reason: true },
      });
      return rows.map(({ id, uid, headerKey, state, reason }) => ({
        ...{ id, uid: Number(uid), headerKey, ownLetter: reason === "own_letter" },
        folder: FOLDER_OF[letterState.parse(state)],
      }));
    },

    async noteFiled(ids, folder) {
      await tx.letter.updateMany({ where: { id: { in: [...ids] } }, data: { filed: folder } });
    },
  };
}

/** Where a letter goes that is done with. One that waits to be read is not asked for. */
const FOLDER_OF: Readonly<Record<StoredLetter["state"], LetterToFile["folder"]>> = {
  stored: "Review",
  answered: "Processed",
  noted: "Processed",
  closed: "Processed",
  for_staff: "Review",
  parked: "Review",
  not_answered: "Automatic",
};

/** A duplicate keeps no bytes of its own: they lie with the letter it repeats. */
function toLetter(row: KeptLetter): StoredLetter {
  const { id, sender, size, oversize, answerable, attempts, fromAddress, subject, caseId, reason, uncapped } =
    row;
  return {
    ...{ id, sender, size, oversize, answerable, attempts, fromAddress, subject, caseId, reason, uncapped },
    receivedAt: row.receivedAt.toISOString(),
    sealedRaw: plainBytes(row.sealedRaw ?? new Uint8Array()),
    state: letterState.parse(row.state),
    kind: letterKind.nullable().parse(row.kind),
  };
}
