import { randomUUID } from "node:crypto";
import type {
  ComposedLetter,
  LetterAttachment,
  OutgoingLetter,
  ReplyTo,
  SubmissionDraft,
} from "../../core/letters.ts";
import type { OwnIds } from "../../core/own-id.ts";
import type { Settings } from "../../core/settings.ts";
import type { Instant } from "../../core/terms.ts";
import { contractorOf, type Signature, wordLetter, wordSubmission } from "../../templates/letters.ts";
import type { Words } from "../../templates/words.ts";
import { withoutFields } from "../intake/header.ts";
import { domainOf } from "../intake/sender.ts";
import { loadDkimKey } from "./dkim-key.ts";
import { signLetter, writeLetter } from "./nodemailer.ts";

/** What composing needs besides the letter. */
export interface ComposeContext {
  /** MAIL_FROM. */
  from: string;
  guarantor: { name: string; address: string };
  words: Words;
  now(): Instant;
  /** Signs what our letters are known by. */
  ids: OwnIds;
  /** Gives each letter a return path of its own (MAIL_VERP=plus). */
  verp: boolean;
  /** A UUID in lower case; random by default. */
  newId?: () => string;
  /** Signs the finished letter (DKIM) and gives it back with the signature on top. */
  sign?: (bytes: Buffer) => Promise<Buffer>;
}

/** References may not grow for ever; RFC 5322 §3.6.4 lets a reply name the thread's start and its last letters. */
const REFERENCES_MAX = 20;

/**
 * Makes the function that turns a letter's data into finished bytes: written once, sent as they are. The Message-ID
 * is fixed here, before any attempt to send. Same data, id and time give the same bytes.
 */
export function composer(context: ComposeContext): (letter: OutgoingLetter) => Promise<ComposedLetter> {
  return async (letter) => {
    const id = (context.newId ?? randomUUID)();
    const messageId = context.ids.messageId(id, domainOf(context.from));
    const returnPath = context.verp ? context.ids.bounceAddress(context.from, id) : null;
    const { subject, text } = wordLetter(letter, context.words, signatureOf(context));
    const bytes = await writeLetter({
      from: context.from,
      to: [letter.to],
      cc: [],
      subject,
      text,
      date: context.now(),
      messageId,
      inReplyTo: letter.replyTo?.messageId ?? null,
      references: letter.replyTo === null ? [] : referencesTo(letter.replyTo),
      headers: {
        // RFC 3834 §5: auto-replied answers a letter, auto-generated answers none.
        "Auto-Submitted": letter.replyTo === null ? "auto-generated" : "auto-replied",
        "X-Auto-Response-Suppress": "All",
      },
      boundary: id,
      attachments: [...letter.attachments, ...(await draftFiles(letter, id, context.words))],
    });
    return {
      id,
      messageId,
      envelopeFrom: returnPath ?? context.from,
      subject,
      bytes: context.sign === undefined ? bytes : await context.sign(bytes),
    };
  };
}

/** The composer of these settings. @throws DkimKeyFault when letters are to be signed and the key is of no use. */
export async function openComposer(
  { mailFrom, guarantor, mailVerp, dkimSigning }: Settings,
  parts: Pick<ComposeContext, "words" | "now" | "ids">,
): Promise<ReturnType<typeof composer>> {
  const key = dkimSigning === null ? null : await loadDkimKey(dkimSigning);
  const sign = key === null ? {} : { sign: (bytes: Buffer) => signLetter(bytes, key) };
  return composer({ from: mailFrom, guarantor, verp: mailVerp, ...parts, ...sign });
}

function signatureOf({ guarantor, from }: ComposeContext): Signature {
  return { guarantorName: guarantor.name, guarantorAddress: guarantor.address, deskAddress: from };
}

function referencesTo({ references, messageId }: ReplyTo): string[] {
  const all = [...new Set([...references, ...(messageId === null ? [] : [messageId])])];
  return all.length <= REFERENCES_MAX ? all : [...all.slice(0, 1), ...all.slice(1 - REFERENCES_MAX)];
}

/** The drafts to the orderers as files that a mail program opens ready to send. */
async function draftFiles(letter: OutgoingLetter, id: string, words: Words): Promise<LetterAttachment[]> {
  const { content, attachments } = letter;
  if (content.template !== "issued") return [];
  const contractor = contractorOf(content);
  return Promise.all(
    content.drafts.map(async (draft, at) => ({
      filename: words.sentence(
        "terms",
        content.drafts.length > 1 ? "letter.draftFileOf" : "letter.draftFile",
        {
          index: String(at + 1),
        },
      ),
      contentType: "message/rfc822",
      content: await writeDraft(
        draft,
        attachments,
        `${id}-${at + 1}`,
        wordSubmission(draft, contractor, words),
      ),
    })),
  );
}

async function writeDraft(
  draft: SubmissionDraft,
  attachments: readonly LetterAttachment[],
  boundary: string,
  { subject, text }: { subject: string; text: string },
): Promise<Uint8Array> {
  const bytes = await writeLetter({
    from: null,
    to: draft.to,
    cc: draft.cc,
    subject,
    text,
    date: null,
    messageId: null,
    inReplyTo: null,
    references: [],
    // Outlook opens a file with this header for editing instead of reading (MS-OXCMSG); others ignore it.
    headers: { "X-Unsent": "1" },
    boundary,
    attachments: attachments.filter((file) => draft.attachmentNames.includes(file.filename)),
  });
  // Sender, time and id are the sending program's business.
  return Buffer.concat(withoutFields(bytes, (name) => ["date", "message-id", "from"].includes(name)));
}
