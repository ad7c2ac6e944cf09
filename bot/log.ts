/** Where this door writes; pino has this shape. Never a token, a key or a letter's text. */
export interface BotLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
