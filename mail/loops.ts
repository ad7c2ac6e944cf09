import { type HeaderField, valuesOf, withoutComments } from "./header.ts";
import { domainOf, onlySender } from "./sender.ts";

/** Why a letter is never answered automatically; worded for staff in `templates/ja/slack.json`. */
export type LoopReason =
  | "null_return_path"
  | "delivery_report"
  | "auto_submitted"
  | "mailing_list"
  | "bulk"
  | "own_letter"
  | "system_sender";

/** Local part that begins every Message-ID of the desk; other programs of our domain do not use it. */
export const OWN_MESSAGE_ID = "desk.";

/** Senders behind which no person reads: RFC 3834 §2 names mailer-daemon and the list forms, RFC 5321 §4.5.1 postmaster. */
const SYSTEM_SENDER =
  /^(mailer-?daemon|postmaster|no-?_?reply|do-?_?not-?_?reply|bounces?|owner-.*|.*-request)$/i;

const LIST_FIELD = /^list-(id|help|unsubscribe|subscribe|post|owner|archive)$/; // RFC 2919 §3, RFC 2369 §3

const ANSWERING_FIELD = /^x-(autoreply|autorespond|autoresponder)$/;

/**
 * The first wall: says whether an answer could start a loop. It runs before anything else is decided.
 * `X-Auto-Response-Suppress` is not looked at: Exchange sets it on letters that people wrote, and it asks for silence
 * of out-of-office answers, not of a desk that was asked a question.
 * @param ownAddress MAIL_FROM.
 * @returns the reason not to answer, or null.
 */
export function loopReason(fields: readonly HeaderField[], ownAddress: string): LoopReason | null {
  return isOwn(fields, ownAddress) ? "own_letter" : automaticReason(fields);
}

/**
 * Why a letter counts as sent by a machine or to a list, whoever we are; the same rule tells the reader that a letter
 * is `automatic`.
 */
export function automaticReason(fields: readonly HeaderField[]): LoopReason | null {
  // RFC 5321 §4.4: the last hop writes Return-Path, on top; §4.5.5: a null one marks notifications, never answered.
  if (valuesOf(fields, "return-path")[0]?.replace(/\s/g, "") === "<>") return "null_return_path";
  // RFC 6522 §3: multipart/report carries delivery (RFC 3464) and disposition (RFC 8098) notifications.
  const type = withoutComments(valuesOf(fields, "content-type")[0] ?? "").toLowerCase();
  if (/^(multipart\/report|message\/(delivery-status|disposition-notification))\b/.test(type))
    return "delivery_report";
  if (valuesOf(fields, "auto-submitted").some(isAutomatic)) return "auto_submitted";
  // Before RFC 3834 answering programs marked their letters in ways of their own; several still do.
  if (fields.some((field) => ANSWERING_FIELD.test(field.name))) return "auto_submitted";
  if (fields.some((field) => LIST_FIELD.test(field.name))) return "mailing_list";
  // RFC 3834 §2: Precedence list, junk or bulk is not answered, by custom.
  if (
    valuesOf(fields, "precedence").some((value) =>
      /^(bulk|junk|list|auto_reply)$/i.test(withoutComments(value)),
    )
  )
    return "bulk";
  const sender = onlySender(fields);
  if (sender !== null && SYSTEM_SENDER.test(sender.slice(0, sender.lastIndexOf("@")))) return "system_sender";
  return null;
}

/**
 * RFC 3834 §5: `auto-submitted = ( "no" / "auto-generated" / "auto-replied" / extension ) *( ";" parameter )`, with
 * comments around; every keyword but `no`, known or not, means that no person sent it.
 */
function isAutomatic(value: string): boolean {
  const keyword = withoutComments(value).split(";", 1)[0]?.trim().toLowerCase();
  return keyword !== "no";
}

function isOwn(fields: readonly HeaderField[], ownAddress: string): boolean {
  if (onlySender(fields)?.toLowerCase() === ownAddress.toLowerCase()) return true;
  const id = valuesOf(fields, "message-id")[0]?.toLowerCase() ?? "";
  return id.startsWith(`<${OWN_MESSAGE_ID}`) && id.endsWith(`@${domainOf(ownAddress)}>`);
}
