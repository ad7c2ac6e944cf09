import { applicationLetter, queryLetter, WORKS_TITLE, worksDates } from "../demo/letters.ts";
import { DESK } from "../journeys/world.ts";
import type { Chance } from "./chance.ts";

/** Letters that can be told apart for ever: by Message-ID, and by what is shown of them in Slack. */

/** `form`: asks for the blank form. `staff`: nothing the desk could answer; a person is to see it. */
export type Kind = "application" | "query" | "form" | "staff";

export interface MarkedLetter {
  kind: Kind;
  messageId: string;
  /** The mailbox of who wrote. */
  mailbox: string;
  /** From; only an application's is used more than once: a note about another can only mean this letter. */
  from: string;
  /** Title of the works; only on an application's card. */
  title: string | null;
  /** Delivered to the desk twice, as an alias or a resuming server does. */
  twice: boolean;
  raw: Buffer;
}

export const CONTRACTORS = ["suzuki@tone-kensetsu.example", "soumu@tone-kensetsu.example"] as const;
/** Where keys go, whoever of them applied: the application says so. */
export const KEYS_TO = CONTRACTORS[0];
export const TOWN = "keiyaku@town.tone.example";
export const PERSON = "someone@elsewhere.example";

/** The town's clerk number `n`; mail to her lies in the town's mailbox (RFC 5233 subaddress). */
export function clerkAddress(n: number): string {
  return subaddress(TOWN, n);
}

function subaddress(mailbox: string, n: number): string {
  return mailbox.replace("@", `+${String(n).padStart(5, "0")}@`);
}

/** Without the subaddress: where it lies. */
export function mailboxOf(address: string): string {
  return address.replace(/\+[^@]*@/, "@").toLowerCase();
}

/** What a letter must be; the rest is left to chance. */
export interface Wanted {
  kind: Kind;
  /** An application that leaves nothing to ask. */
  whole?: boolean;
  /** Who applies. */
  contractor?: string;
}

/** @param asked what a query asks about. */
export function markedLetter(
  n: number,
  { kind, whole = false, contractor }: Wanted,
  asked: { number: string; key: string },
  chance: Chance,
): MarkedLetter {
  const applicant = contractor ?? chance.pick(CONTRACTORS);
  const mailbox = kind === "application" ? applicant : kind === "query" ? TOWN : PERSON;
  const from = kind === "application" ? mailbox : subaddress(mailbox, n);
  const title = kind === "application" ? `町道${1000 + n}号線改良工事` : null;
  const messageId = `<crash-${n}@${from.split("@")[1]}>`;
  const { subject, text } = words(kind, title, asked, !whole && chance.happens(0.4));
  const raw = Buffer.from(
    [
      `From: ${from}`,
      `To: ${DESK}`,
      `Subject: =?UTF-8?B?${Buffer.from(subject).toString("base64")}?=`,
      `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
      `Message-ID: ${messageId}`,
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=UTF-8",
      "Content-Transfer-Encoding: base64",
      "",
      ...(Buffer.from(text)
        .toString("base64")
        .match(/.{1,76}/g) ?? []),
      "",
    ].join("\r\n"),
  );
  return { kind, messageId, mailbox, from, title, twice: chance.happens(0.15), raw };
}

function words(
  kind: Kind,
  title: string | null,
  asked: { number: string; key: string },
  less: boolean,
): { subject: string; text: string } {
  if (kind === "query") return queryLetter(asked.number, asked.key, !less);
  if (kind === "form")
    return { subject: "申込書の送付依頼", text: "契約保証の申込書をメールでお送りください。\n" };
  if (kind === "staff")
    return { subject: "駐車場について", text: "来週お伺いします。駐車場はございますでしょうか。\n" };
  const { subject, text } = applicationLetter(worksDates(new Date()));
  const marked = text.replace(WORKS_TITLE, title ?? WORKS_TITLE);
  // Without the period of the works the desk has to ask.
  return { subject, text: less ? marked.replace(/^工期：.*\n/m, "") : marked };
}
