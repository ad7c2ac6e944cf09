/** Every limit of the mail door has a name and a reason. */

/** Largest letter that is opened. Public mailboxes refuse more than 20–25 MB anyway. */
export const LETTER_BYTES = 25 * 1024 * 1024;
/** A letter that takes longer to parse is built to take long: an honest one of 25 MB takes about a second. */
export const LETTER_PARSE_MS = 10_000;
/** A letter that takes longer to understand is built to take long: an honest one takes some milliseconds. */
export const LETTER_READ_MS = 3_000;
/** Heap of the parsing thread: a letter of the largest size needs about three times its bytes. */
export const LETTER_HEAP_MB = 256;
/** Its room for what lives shortly: more of it is only filled before it is emptied. */
export const LETTER_YOUNG_MB = 12;
/** Multipart nesting beyond what any mail program writes. */
export const LETTER_DEPTH = 20;
/** Parts of one letter that are looked at by the byte normaliser. */
export const LETTER_PARTS = 500;
/** Longest header field that is read: parsers of addresses take long on more, and a thousand recipients have half of it. */
export const FIELD_BYTES = 100_000;
/** Characters of a body that are read: 500 pairs with figures need a fifth of it. */
export const BODY_CHARS = 200_000;
/** Characters of its HTML: mail programs write about three of markup to one of text. */
export const MARKUP_CHARS = 4 * BODY_CHARS;

/** Largest attachment that is opened: a notice or form has tens of kilobytes, and 1 MB of PDF can inflate to 900 MB. */
export const ATTACHMENT_BYTES = 2 * 1024 * 1024;
/** Time to open one attachment, starting the child process included. */
export const ATTACHMENT_OPEN_MS = 4_000;
/**
 * Time to open all attachments of one letter that need the child process. An honest letter takes well below a second;
 * without a bound, twenty files built to take long would hold up everybody's attachments for over a minute.
 */
export const LETTER_OPEN_MS = 8_000;
/** Heap of the child that opens attachments, and its resident size at which it is ended (buffers live off the heap). */
export const ATTACHMENT_HEAP_MB = 192;
export const ATTACHMENT_RSS_MB = 512;
/** How often the resident size of the child is looked at while it works. */
export const ATTACHMENT_WATCH_MS = 50;
/** Attachments of one letter that are opened; the rest are noted. */
export const ATTACHMENTS_OPENED = 20;
/** Attachments after which the child is replaced, so that nothing of a stranger's file lingers for long. */
export const ATTACHMENTS_PER_CHILD = 200;
/** Pages of a PDF that are read: notices and forms have one to three, works contracts with their terms about thirty. */
export const PDF_PAGES = 40;
/** Fewer characters than this a page are a stamp of the scanner, not a page of text. */
export const PDF_PAGE_CHARS = 20;
/** Form fields of a PDF that are read: portal forms have some two hundred. */
export const PDF_FIELDS = 2_000;
/** Embedded files of a PDF that are looked at: ours carry one. */
export const PDF_FILES = 10;
/** Characters and lines kept of one attachment: 500 pairs with figures need a fifth of it, and reading takes its time by the line. */
export const ATTACHMENT_CHARS = 400_000;
export const ATTACHMENT_LINES = 10_000;
/** Files inside a workbook: large ones have some hundreds. */
export const ZIP_ENTRIES = 5_000;
/** Bytes of a workbook's texts unpacked, counted while unpacking: forms have 200 kB, lists of 500 works 2 MB. */
export const WORKBOOK_BYTES = 16 * 1024 * 1024;
/** Sheets and cells of a workbook: cost estimates, the largest that honest letters carry, have about half of it. */
export const WORKBOOK_SHEETS = 60;
export const WORKBOOK_CELLS = 100_000;
/** Rows times columns: a single cell in the last corner would make a table of 17 thousand million. */
export const WORKBOOK_AREA = 1_000_000;
/** Letters inside letters inside letters: forwards of forwards are opened this deep. */
export const FORWARD_DEPTH = 3;

/** Fields of one name that are looked at where more than one may stand. */
export const FIELDS_OF_A_NAME = 20;
/** Longest From field that is understood: a name of 400 kanji as encoded words and an address have about half of it. */
export const SENDER_FIELD_CHARS = 4000;
/** Longest Authentication-Results field that is understood; those of large services have a tenth of it. */
export const AUTH_RESULTS_CHARS = 8000;

/** Largest letter whose DKIM signature is checked: as large as any that is opened. */
export const DKIM_LETTER_BYTES = 25 * 1024 * 1024;
/** Largest header of such a letter: it is read byte by byte. */
export const DKIM_HEADER_BYTES = 256 * 1024;
/** Longest reading of a letter for its signatures: an honest one of 25 MB takes a fifth of a second. */
export const DKIM_HASH_MS = 5_000;
/** Signatures of the sender's domain that are checked; honest letters have one or two (RSA and Ed25519). */
export const DKIM_SIGNATURES = 5;
/** First wait for a name server, and how often it is asked: the second wait is longer. */
export const DNS_TRY_MS = 2_000;
export const DNS_TRIES = 2;
/** All look-ups for one letter together. Slower than that is trouble, and the letter is tried again later. */
export const DNS_LETTER_MS = 8_000;

/** Bytes of a delivery report that are looked at: what reports holds comes before the returned letter. */
export const BOUNCE_BYTES = 512 * 1024;
/** Parts of it, and how deep: reports have three parts, their first at most three levels. */
export const BOUNCE_PARTS = 50;
export const BOUNCE_DEPTH = 6;
/** Recipients in one report: our letters have one each, which an alias may have made many. */
export const BOUNCE_RECIPIENTS = 100;
