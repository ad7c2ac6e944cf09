import type { OwnIds } from "../../core/own-id.ts";
import { BOUNCE_RECIPIENTS, FIELDS_OF_A_NAME } from "../limits.ts";
import { type HeaderField, mediaType, messageIds, readHeader, valuesOf, withoutComments } from "./header.ts";
import { automaticReason } from "./loops.ts";
import { type ReportPart, reportParts } from "./report-parts.ts";

/** A delivery report that says one of our letters did not arrive, or not yet. */
export interface Bounce {
  /** The id of the letter. */
  outboundId: string;
  /** True: it will not arrive. False: the server is still trying, or does not say. */
  permanent: boolean;
  /** Who did not get it, as the report names it; null when it names nobody. */
  recipient: string | null;
  /** RFC 3463 §2: `5.1.1`; null when the report has none. */
  status: string | null;
}

/** A report's word about its recipients, whichever form it takes. */
type Finding = Omit<Bounce, "outboundId">;

/** Longest field value that is looked at. */
const FIELD_CHARS = 2000;
/** Bytes of a status part, and of what a report says to people, that are looked at. */
const TEXT_CHARS = 64 * 1024;
/** Longest address that SMTP carries (RFC 5321 §4.5.3.1.3). */
const ADDRESS = /[^\s<>()[\],;:"\\@]{1,64}@[A-Za-z0-9.-]{1,190}/;

/**
 * Recognises a delivery report about a letter of ours (RFC 3464, RFC 6522; without such parts also the plain letters of
 * qmail, Exim and older systems). What it is about is proven by a name we signed: the return path of that letter, its
 * envelope id, or its Message-ID in the returned header. A report that names none of ours is nobody's.
 * @returns null for every other letter: no report, not ours, forged, or one that says the letter arrived.
 */
export function bounceOf(fields: readonly HeaderField[], bytes: Uint8Array, ids: OwnIds): Bounce | null {
  if (automaticReason(fields) === null) return null;
  const parts = reportParts(bytes);
  const groups = parts.filter(isStatusPart).flatMap(({ content }) => groupsOf(content));
  const finding = groups.some(isRecipient) ? byStatus(groups) : byWords(fields, parts);
  if (finding === null) return null;
  const outboundId =
    byReturnPath(fields, ids) ?? byEnvelopeId(groups, ids) ?? byMessageId(fields, parts, groups, ids);
  return outboundId === null ? null : { outboundId, ...finding };
}

function isStatusPart({ type }: ReportPart): boolean {
  return type === "message/delivery-status" || type === "message/global-delivery-status"; // RFC 3464 §2, RFC 6533 §3
}

/** The groups of fields in a status part, empty lines between them: one for the letter, then one a recipient. */
function groupsOf(content: Buffer): HeaderField[][] {
  return content
    .subarray(0, TEXT_CHARS)
    .toString("latin1")
    .split(/\r?\n(?:[ \t]*\r?\n)+/)
    .slice(0, BOUNCE_RECIPIENTS + 1)
    .map((group) => readHeader(Buffer.from(group, "latin1")).fields)
    .filter((fields) => fields.length > 0);
}

function isRecipient(group: readonly HeaderField[]): boolean {
  return group.some(({ name }) => name === "action" || name === "status" || name === "final-recipient");
}

/**
 * The gravest word about any recipient. The action decides (RFC 3464 §2.3.3): a server that gave up after days says
 * `failed` with a status of 4.x.x, and that letter will not arrive either. The status counts where no action stands.
 */
function byStatus(groups: readonly HeaderField[][]): Finding | null {
  const findings = groups
    .filter(isRecipient)
    .map(recipientFinding)
    .filter((one) => one !== null);
  return findings.find((one) => one.permanent) ?? findings[0] ?? null;
}

function recipientFinding(group: readonly HeaderField[]): Finding | null {
  const action = firstValue(group, "action").toLowerCase();
  const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(firstValue(group, "status"))?.[0] ?? null;
  const recipient = addressIn(
    firstValue(group, "original-recipient") || firstValue(group, "final-recipient"),
  );
  if (action === "failed") return { permanent: true, recipient, status };
  if (action === "delayed") return { permanent: false, recipient, status };
  if (/^(delivered|relayed|expanded)$/.test(action) || status === null || status.startsWith("2")) return null;
  return { permanent: status.startsWith("5"), recipient, status };
}

/**
 * A report without a status part. Answers of people's programs also come without a sender, so a mail system must have
 * written it; and only its plain words say for good that the letter will not arrive.
 */
function byWords(fields: readonly HeaderField[], parts: readonly ReportPart[]): Finding | null {
  const failed = firstValue(fields, "x-failed-recipients"); // Exim, Gmail: only in reports of final failure
  const type = mediaType(firstValue(fields, "content-type"));
  const fromSystem = values(fields, "from").some((from) =>
    /(^|[<"\s])(mailer-daemon|postmaster)\b/i.test(from),
  );
  if (failed === "" && (type === "multipart/report" || !fromSystem)) return null;
  const text = textOf(parts);
  const status = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/.exec(text)?.[0] ?? null;
  // qmail-send and Exim, in their own words.
  const gaveUp =
    /this is a permanent error|permanent fatal errors|a message that you sent could not be delivered/i;
  const stillTrying =
    /will (still |continue to )?(try|be retried)|no action is required on your part|warning:/i;
  const permanent =
    failed !== "" || gaveUp.test(text) || (status?.startsWith("5") === true && !stillTrying.test(text));
  const named = /^[ \t]*<([^<>\s]{1,320})>:?[ \t]*\r?$/m.exec(text)?.[1] ?? "";
  return { permanent, recipient: addressIn(failed) ?? addressIn(named), status };
}

/** (a) The report came to the return path of one letter: whatever program wrote it, it had that letter. */
function byReturnPath(fields: readonly HeaderField[], ids: OwnIds): string | null {
  const pattern = new RegExp(ADDRESS, "g");
  return first(
    ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"].flatMap((name) =>
      values(fields, name).flatMap((value) => value.match(pattern) ?? []),
    ),
    ids.idOfBounceAddress,
  );
}

/** (b) RFC 3464 §2.2.1: the ENVID we gave. */
function byEnvelopeId(groups: readonly HeaderField[][], ids: OwnIds): string | null {
  return first(
    groups.flatMap((group) => values(group, "original-envelope-id")),
    (value) => ids.idOfEnvid(withoutComments(value)),
  );
}

/**
 * (c) Our Message-ID: in the returned header, in the returned letter, in what Gmail adds to the status part, in what the
 * report itself answers (Exchange), or on a line of its own in the text (qmail, Exim).
 */
function byMessageId(
  fields: readonly HeaderField[],
  parts: readonly ReportPart[],
  groups: readonly HeaderField[][],
  ids: OwnIds,
): string | null {
  const returned = parts
    .filter(({ type }) => /^(message\/(global|rfc822|global-headers)|text\/rfc822-headers)$/.test(type))
    .flatMap(({ content }) => values(readHeader(content).fields, "message-id"));
  const told = groups.flatMap((group) => values(group, "x-original-message-id"));
  const answered = groups.length > 0 ? values(fields, "in-reply-to") : [];
  const lines = textOf(parts).match(/^[> \t]{0,20}message-id:\s{0,20}<[^<>\s]{1,330}>/gim) ?? [];
  return first([...returned, ...told, ...answered, ...lines].flatMap(messageIds), ids.idOf);
}

function first(names: readonly string[], idOf: (name: string) => string | null): string | null {
  for (const name of names.slice(0, FIELDS_OF_A_NAME * 5)) {
    const id = idOf(name);
    if (id !== null) return id;
  }
  return null;
}

/** What a person would read of the report, one character per byte; its words and addresses are ASCII. */
function textOf(parts: readonly ReportPart[]): string {
  return parts
    .filter(({ type }) => type === "text/plain" || type === "text/html")
    .map(({ content }) => content.subarray(0, TEXT_CHARS).toString("latin1"))
    .join("\n")
    .slice(0, TEXT_CHARS);
}

function values(fields: readonly HeaderField[], name: string): string[] {
  return valuesOf(fields, name)
    .slice(0, FIELDS_OF_A_NAME)
    .map((value) => value.slice(0, FIELD_CHARS));
}

function firstValue(fields: readonly HeaderField[], name: string): string {
  return withoutComments(values(fields, name)[0] ?? "");
}

/** `rfc822; someone@example` (RFC 3464 §2.1.2), with or without brackets. */
function addressIn(value: string): string | null {
  return ADDRESS.exec(value)?.[0] ?? null;
}
