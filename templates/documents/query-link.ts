/** The `mailto:` address that opens an orderer's verification letter, ready to send. */
import type { NoticeData } from "../../core/documents.ts";
import { wording } from "./wording.ts";

/** RFC 6068: UTF-8, percent-encoded, lines end in CRLF. ASCII only, as PDF links and most QR readers want it. */
export function queryLink(notice: Pick<NoticeData, "deskAddress" | "number" | "key">): string {
  const [number, key] = wording.notice.query.body;
  const body = [number({ number: notice.number }), key({ key: notice.key }), ""].join("\r\n");
  const to = notice.deskAddress.split("@").map(encodeURIComponent).join("@");
  return `mailto:${to}?subject=${encodeURIComponent(wording.notice.query.subject)}&body=${encodeURIComponent(body)}`;
}
