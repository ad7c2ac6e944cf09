/** Slack's signature check bounds the age of a request at five minutes; a captured one could be replayed that long. */
const MEMORY_MS = 6 * 60_000;

/** Remembers the signatures of requests. The returned function is true the first time it sees one. */
export function firstSeen(now: () => number): (signature: string) => boolean {
  const seen = new Map<string, number>();
  return (signature) => {
    const at = now();
    // In order of arrival: the oldest stand first.
    for (const [old, when] of seen) {
      if (at - when < MEMORY_MS) break;
      seen.delete(old);
    }
    if (seen.has(signature)) return false;
    seen.set(signature, at);
    return true;
  };
}
