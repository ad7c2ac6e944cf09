/** What kind of letter this is: first match wins, in the order of precedence of contract section 3. */
import type { LetterKind } from "../terms.ts";
import { foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";
import type { AttachmentText, LetterText } from "./source.ts";

/** What the decision is made from. */
export interface Clues {
  letter: LetterText;
  /** New text and quoted text, width-folded. */
  fresh: string;
  quoted: string;
  /** Names of documents: sheet headings and file names. */
  titles: string;
  hasReference: boolean;
  /** A key, or a number outside an interim application. */
  hasKey: boolean;
  hasNumber: boolean;
  /** Different values of an application, understood or not, in new text and attachments. */
  values: number;
  /** Of these, how many only a form of ours asks for (`letter-values.ts`). */
  formOnly: number;
  /** Rows of a form, rather than sentences, that hold a value. */
  labelled: number;
  /** Sentences that state a day, an amount or a name, rather than mention a product. */
  stated: number;
  /** Values that the sender states himself, outside of what he quotes. */
  own: number;
  /** Number and key stand together at least once. */
  hasPair: boolean;
  /** Numbers and keys stand only in what the letter quotes. */
  onlyQuoted: boolean;
  /** A product is named or asked for. */
  hasProduct: boolean;
}

const any = (patterns: RegExp[], text: string): boolean => patterns.some((pattern) => pattern.test(text));
/** So many values make a form of a letter even where it says nothing of applying. */
const FORM_VALUES = 3;

/** A filled-in form stays one when it mentions the number or key of another guarantee. */
const isForm = (clues: Clues): boolean =>
  clues.values >= FORM_VALUES && clues.hasProduct && clues.formOnly >= (clues.hasPair ? 2 : 1);

export function decideKind(clues: Clues, labels: Labels): LetterKind {
  const { kinds } = labels;
  const subject = foldWidth(clues.letter.subject).replace(labels.tokens.replyPrefix, "").trim();
  const said = `${subject}\n${clues.fresh}`;
  const isReply = labels.mentions.replySubject.test(clues.letter.subject);
  if (isAutomatic(clues, subject, labels)) return "automatic";
  if (isWrongDocument(clues, said, labels)) return "wrong_document";
  if (takesBack(clues, said, labels)) return "withdrawal";
  // Whoever forwards an issued notice and asks about it does not apply, however many values the forwarded letter lists.
  const asksAboutNotice =
    clues.letter.attachments.some((a) => a.notice !== null) && any(kinds.verificationWords, said);
  if (asksAboutNotice && clues.hasKey) return "verification";
  const isThanks = kinds.thanks.test(said) && !kinds.question.test(said);
  if (isThanks && clues.onlyQuoted && clues.values === 0) return "unrecognised";
  if (clues.hasReference && clues.values > 0 && (!clues.hasKey || isForm(clues)) && corrects(clues, labels))
    return "correction";
  const [applies, wants, sends, ...asks] = kinds.applicationStrong;
  const explicit =
    any(
      [applies, wants, sends].filter((p) => p !== undefined),
      said,
    ) || any(kinds.applicationTitle, `${subject}\n${clues.titles}`);
  const asked = explicit || any(asks, said);
  const askedForFee = any(kinds.feeInquiry, said);
  const askedForState = any(kinds.statusInquiry, said);
  const askedForForm = any(kinds.formRequest, said) && !kinds.formSending.test(said);
  if (askedForFee && !clues.hasKey && kinds.applicationDenied.test(said)) return "fee_inquiry";
  // A product asked for under our number, and nothing else said, joins that case.
  if (isApplication()) return clues.hasReference && clues.own === 0 ? "correction" : "application";
  if (askedForFee && !clues.hasKey) return "fee_inquiry";
  const asksToVerify = kinds.verifyAsk.test(said) || kinds.question.test(said);
  if (!clues.hasKey && !kinds.verifyAsk.test(said) && askedForForm) return "form_request";
  const isThankful = !clues.hasKey && kinds.thanks.test(said) && !any(kinds.verificationWords, subject);
  if (clues.hasKey) return "verification";
  // A number alone, with news or with another wish, asks for no verification.
  const isOther = kinds.endsGuarantee.test(said)
    ? !kinds.verifyAsk.test(said)
    : !asksToVerify && kinds.informs.test(said);
  if (clues.hasNumber && isOther) return "unrecognised";
  if (clues.hasNumber && !(isThankful && !kinds.question.test(said))) return "verification";
  if (askedForState || (clues.hasReference && any(kinds.statusInquiry, said))) return "status_inquiry";
  if (askedForForm) return "form_request";
  if (clues.hasReference && kinds.urging.test(said)) return "status_inquiry";
  const speaksOfIt = any(kinds.verificationWords, said) && !kinds.noReplyWanted.test(said);
  return speaksOfIt && !clues.hasReference ? "verification" : "unrecognised";

  function asksFor(text: string): boolean {
    return any(
      [applies, wants].filter((p) => p !== undefined),
      text,
    );
  }

  function isApplication(): boolean {
    // Behind "Re:" stands what the other side wrote.
    const isSilent = clues.own === 0 && clues.labelled === 0 && !any(kinds.applicationStrong, clues.fresh);
    if (isReply && isSilent && clues.values < FORM_VALUES) return false;
    // A circular names many conditions and asks for nothing.
    if (kinds.noReplyWanted.test(said) && !asksFor(said)) return false;
    if ((clues.hasKey || clues.hasNumber) && !explicit && !isForm(clues)) return false;
    if (clues.hasKey && clues.values < FORM_VALUES) return false;
    if (
      askedForFee &&
      (!explicit ||
        (kinds.feeOnly.test(said.replace(labels.tokens.feeStatement, "")) &&
          !any(
            [applies].filter((p) => p !== undefined),
            said,
          ) &&
          clues.titles === ""))
    )
      return false;
    if (askedForState && (clues.values < FORM_VALUES || (clues.formOnly === 0 && !asksFor(said))))
      return false;
    if (askedForForm && !explicit && clues.labelled === 0 && clues.stated > 0) return false;
    if (clues.values >= FORM_VALUES) return asked || clues.hasProduct;
    if (clues.labelled === 0 && !explicitly(kinds.formPicture) && kinds.onlySpeaksOf.test(said)) return false;
    if (askedForForm && clues.values < FORM_VALUES) return false;
    if (clues.values > 0) return asked && (clues.hasProduct || clues.values > 1 || explicit);
    const unread = clues.letter.attachments.some((a) => a.format === "none" && !a.inline);
    return (asked || explicitly(kinds.formPicture)) && (clues.hasProduct || unread);
  }

  function explicitly(pattern: RegExp): boolean {
    return pattern.test(said) && clues.letter.attachments.some(isPicture);
  }
}

/** A filled-in form that leaves one product out applies for the others. */
function takesBack(clues: Clues, said: string, { kinds }: Labels): boolean {
  if (clues.hasKey || (isForm(clues) && !clues.hasReference)) return false;
  if (kinds.withdrawalRecalled.test(said)) return false;
  // What would be taken back if … is not taken back.
  const settled = said
    .split(/(?<=[。\n])/u)
    .filter((sentence) => !kinds.withdrawalIf.test(sentence))
    .join("");
  const weak = clues.hasReference && any(kinds.withdrawalWeak, settled);
  return (weak || any(kinds.withdrawal, settled)) && !kinds.withdrawalNot.test(settled);
}

/** Values of a form correct it by being there; what a sentence mentions must be said to be otherwise. */
function corrects(clues: Clues, { kinds }: Labels): boolean {
  const { fresh } = clues;
  // Whoever asks how far it is names the works only to be understood.
  if (any(kinds.statusInquiry, fresh) && !kinds.correctionWords.test(fresh)) return false;
  if (clues.labelled > 0) return true;
  if (kinds.whatIf.test(fresh)) return false;
  if (kinds.asksReceived.test(fresh) && !kinds.changeWords.test(fresh)) return false;
  return speaksOfChange(clues, kinds);
}

const speaksOfChange = (clues: Clues, kinds: Labels["kinds"]): boolean =>
  clues.stated > 0 || kinds.correctionWords.test(clues.fresh);

function isAutomatic(clues: Clues, subject: string, labels: Labels): boolean {
  const { kinds } = labels;
  if (clues.letter.automatic) return true;
  const whole = foldWidth(clues.letter.subject).trim();
  if (any(kinds.automaticSubject, subject) || any(kinds.automaticSubject, whole)) return true;
  if (kinds.automaticWeak.test(whole) && clues.values < FORM_VALUES && !clues.hasKey) return true;
  if (clues.letter.fromAddresses.some((address) => kinds.automaticFrom.test(address.toLowerCase())))
    return true;
  // Whoever writes in place of an absent colleague is a person.
  if (kinds.standIn.test(clues.fresh) || any(kinds.statusInquiry, clues.fresh)) return false;
  return clues.values === 0 && !clues.hasKey && !clues.hasNumber && any(kinds.automaticBody, clues.fresh);
}

/** A certificate without a key, an insurer's link and password, a screenshot. */
function isWrongDocument(clues: Clues, said: string, labels: Labels): boolean {
  const { kinds } = labels;
  if (clues.hasKey) return false;
  if (clues.values >= FORM_VALUES && any(kinds.applicationStrong, said)) return false;
  if (any(kinds.applicationTitle, clues.titles)) return false;
  const documents = clues.letter.attachments.filter((a) => !a.inline);
  const [system, access, link, password, bond] = kinds.insurer;
  const text = `${said}\n${clues.quoted}`;
  const hasLink = /https?:\/\//u.test(text);
  if (system?.test(text) || (access?.test(text) && hasLink)) return true;
  if (hasLink && kinds.guaranteeWord.test(text) && link && password && standNear(text, link, password))
    return true;
  if (bond?.test(said) && (documents.length > 0 || hasLink) && clues.values === 0) return true;
  if (documents.some((a) => isCertificate(a, labels))) return true;
  const isNamed = kinds.attachedCertificate.test(said) && !any(kinds.applicationStrong, said);
  if (isNamed && documents.some((a) => isUnreadDocument(a))) return true;
  if (kinds.formPicture.test(said) && !kinds.verifyAsk.test(said)) return false;
  const pictures = clues.letter.attachments.filter(
    (a) => isPicture(a) && (!a.inline || any(kinds.imageMention, said)),
  );
  if (
    pictures.some(
      (a) =>
        any(kinds.imageMention, said) ||
        any(kinds.certificateMention, said) ||
        any(kinds.verificationWords, said) ||
        (any(kinds.imageName, a.filename) && clues.values === 0),
    )
  )
    return true;
  const mentions =
    any(kinds.certificateMention, said) && !any(kinds.statusInquiry, said) && !any(kinds.formRequest, said);
  return (
    mentions &&
    !clues.hasNumber &&
    clues.values === 0 &&
    !clues.hasReference &&
    !any(kinds.applicationStrong, said) &&
    any([labels.notice.sentence], said)
  );
}

/** An insurer's letter gives the password within a few lines of the link, the link itself included. */
const LINK_TO_PASSWORD_CHARS = 300;

/** Do words of the two kinds stand near each other? One walk over the text: a link repeated endlessly costs no more. */
function standNear(text: string, one: RegExp, other: RegExp): boolean {
  const hits = [one, other].flatMap((pattern, kind) =>
    [...text.matchAll(new RegExp(pattern.source, "gu"))].map(({ index }) => ({ at: index, kind })),
  );
  hits.sort((a, b) => a.at - b.at);
  return hits.some((hit, i) => {
    const before = hits[i - 1];
    return before && before.kind !== hit.kind && hit.at - before.at <= LINK_TO_PASSWORD_CHARS;
  });
}

const isUnreadDocument = (a: AttachmentText): boolean =>
  a.notice === null && a.text.trim() === "" && ["pdf", "image", "other"].includes(a.kind);

const isPicture = (a: AttachmentText): boolean => a.kind === "image";

function isCertificate(a: AttachmentText, labels: Labels): boolean {
  if (a.certificate) return true;
  if (!["pdf", "image", "other"].includes(a.kind)) return false;
  const text = foldWidth(a.text).replace(/[ \t]+/gu, "");
  if (labels.notice.title.test(text.replace(/[「」『』"\s]/gu, ""))) return false;
  if (a.format === "text" && text.trim() !== "")
    return any(labels.kinds.certificateText, text.split("\n").slice(0, 12).join("\n"));
  return (
    any(labels.kinds.certificateName, foldWidth(a.filename)) &&
    !any(labels.kinds.applicationTitle, foldWidth(a.filename))
  );
}
