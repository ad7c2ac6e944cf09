import { loadWords } from "./words.ts";

/** What a command says when it fails: one sentence, what is wrong and what to do. */

/** The system's or the library's code of an error or of what caused it; names only, messages may hold secrets. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : error.name;
}

/** Codes of Node and PostgreSQL that mean: the database cannot be reached or refuses us. */
const UNREACHABLE = /^(E[A-Z]+|EAI_AGAIN|28P01|28000|3D000|53300|57P0[123]|08\d{3}|P1\d{3})$/;

/** One sentence that says what is wrong and what to do. */
export function sentenceFor(error: unknown): string {
  const words = loadWords();
  const code = codeOf(error);
  if (error instanceof Error && error.name === "MigrationError")
    return words.sentence("operator", "error.migration", { reason: error.message });
  if (error instanceof Error && error.name === "ForeignSealKey")
    return words.sentence("operator", "error.seal_key");
  if (code === "EADDRINUSE") return words.sentence("operator", "error.port_in_use", { code });
  return words.sentence("operator", UNREACHABLE.test(code) ? "error.database" : "error.failed", { code });
}
