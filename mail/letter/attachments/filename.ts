/** Names of files as they may be shown, kept and compared. */

/** Longest name that file systems take. */
const NAME_CHARS = 120;
/** Controls, direction marks and other invisible characters: `moushikomi<RLO>xslx.exe` would show another ending. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The name without folders and without what cannot be seen, composed (a Mac writes kana and their marks apart). A name
 * that is too long loses its middle, not its ending.
 */
export function safeFilename(name: string): string {
  const last = name.normalize("NFC").replace(INVISIBLE, "").split(/[\\/]/u).at(-1) ?? "";
  const clean = last.replace(/[<>:"|?*]/gu, "_").replace(/^[. ]+|[. ]+$/gu, "");
  const letters = [...clean];
  if (letters.length <= NAME_CHARS) return clean;
  return [...letters.slice(0, NAME_CHARS - 20), "…", ...letters.slice(-19)].join("");
}
