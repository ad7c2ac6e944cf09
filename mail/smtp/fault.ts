/** What goes wrong in SMTP, and how far the letter had come. */

/** How far the letter had gone when sending failed. */
export type SendStage = "connecting" | "envelope" | "letter" | "after_letter";

/** What the server was answering: a command of the envelope, DATA itself, or the final dot. */
export type SmtpCommand = "mail" | "rcpt" | "data" | "dot";

/** A failed delivery. `message` holds the server's words or the library's code, never credentials or the letter. */
export class SmtpFault extends Error {
  readonly stage: SendStage;
  /** The server's three digits; null when the connection failed without an answer. */
  readonly replyCode: number | null;
  /** Null when the answer, if any, was to none of them. */
  readonly command: SmtpCommand | null;
  /** Enhanced status code (RFC 3463) such as `5.1.1`, when the server gives one. */
  readonly enhanced: string | null;

  constructor(
    stage: SendStage,
    replyCode: number | null,
    message: string,
    command: SmtpCommand | null = null,
    enhanced: string | null = null,
  ) {
    super(message);
    this.name = "SmtpFault";
    this.stage = stage;
    this.replyCode = replyCode;
    this.command = command;
    this.enhanced = enhanced;
  }
}

/** Puts a failure of the library into our terms. */
export function faultOf(stage: SendStage, error: Error): SmtpFault {
  const code = textIn(error, "code") ?? "unknown";
  const response = textIn(error, "response");
  const reply = "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : null;
  // A refused login may quote what was sent: only its code is kept.
  if (code === "EAUTH") return new SmtpFault(stage, reply, "EAUTH");
  const command = commandOf(error, code);
  // RFC 1870 §6.1: the server has told its limit before, and the library takes it at its word.
  if (response === null && code === "EMESSAGE" && command === "mail")
    return new SmtpFault(stage, 552, "larger than the server takes", command, "5.3.4");
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response ?? "")?.[1] ?? null;
  const words = plainWords(response ?? code);
  return new SmtpFault(stage, reply, words, command, enhanced);
}

/** A server's words on one line, without signs that no log or table can keep. */
export function plainWords(response: string): string {
  return response
    .replace(/[\p{Cc}\s]+/gu, " ")
    .toWellFormed()
    .slice(0, WORDS_CHARS);
}

/** Of the server's words: enough for its reason and the address of its explanation. */
const WORDS_CHARS = 300;

function commandOf(error: Error, code: string): SmtpCommand | null {
  const command = textIn(error, "command");
  if (command === "MAIL FROM") return "mail";
  if (command === "RCPT TO") return "rcpt";
  if (command === "DATA") return code === "EMESSAGE" ? "dot" : "data";
  return null;
}

function textIn(error: Error, name: "code" | "response" | "command"): string | null {
  const value: unknown = name in error ? Reflect.get(error, name) : null;
  return typeof value === "string" ? value : null;
}
