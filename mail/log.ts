/** What the mail door writes its log with; a pino logger fits. Neither data nor message may hold a secret. */
export interface Log {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/**
 * A short code of an error for logs and stored details: the system's or the library's code, else the error's name.
 * Messages are left out, they may quote letters or credentials.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return /^[A-Za-z0-9_]{1,40}$/.test(code) ? code : error.name;
}
