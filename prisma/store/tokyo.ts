/** When a day begins in Tokyo, nine hours before UTC, without summer time: spans of days are counted from there. */
export function midnight(day: string): Date {
  return new Date(`${day}T00:00:00+09:00`);
}
