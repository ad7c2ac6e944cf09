/** Who sends a letter to whom, beside what stands in it. */
export interface Envelope {
  from: string;
  to: string;
  /** Comes back in delivery reports (RFC 3461 §4.4), at most 100 characters; without it no reports are asked for. */
  envid?: string | undefined;
}

/** RFC 3461 §4.4. */
const ENVID_CHARS = 100;

/**
 * Sent only to servers that offer DSN (RFC 3461). Failures and delays, not successes: a letter that hangs on the way for
 * hours is news to staff, one that arrived is not. Headers only: our letters carry keys and need not come back whole.
 */
export function dsnOf({ to, envid }: Envelope) {
  if (envid === undefined || !isEnvid(envid)) return {};
  // An address beyond ASCII has another form there (RFC 6533 §3), which the library does not write.
  const orcpt = /^[\x21-\x7e]+$/.test(to) ? { orcpt: `rfc822;${to}` } : {};
  return { dsn: { ret: "HDRS", envid, notify: ["FAILURE", "DELAY"], ...orcpt } };
}

function isEnvid(envid: string): boolean {
  return envid.length <= ENVID_CHARS && /^[\x21-\x7e]+$/.test(envid);
}
