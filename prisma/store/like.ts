/** Text for a LIKE pattern in which the pattern's own characters stand for themselves: nobody types a wildcard. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
