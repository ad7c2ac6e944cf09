import type { OAuthSettings } from "../../core/settings.ts";
import type { Instant } from "../../core/terms.ts";

/**
 * Why there is no access token. `token_refused`: a person must consent anew or mend the settings.
 * `token_unreachable`: network, throttling or the server's trouble, later. `token_malformed`: no token server answers there.
 */
export type TokenFaultCode = "token_refused" | "token_unreachable" | "token_malformed";

/** A failed request. `message` holds the account, the code and the server's own error code: never a token or secret. */
export class TokenFault extends Error {
  readonly code: TokenFaultCode;
  /** How long the server asks to be left alone; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(account: string, code: TokenFaultCode, detail: string, retryAfterMs: number | null = null) {
    super(`${account}: ${code} (${detail})`);
    this.name = "TokenFault";
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What the server grants (RFC 6749 §5.1). */
export interface TokenGrant {
  accessToken: string;
  lifeMs: number;
  /** The refresh token to use from now on: a new one, or the one that was used. */
  refreshToken: string;
}

export interface TokenRequest {
  account: "imap" | "smtp";
  settings: OAuthSettings;
  refreshToken: string;
  send: typeof fetch;
  now(): Instant;
}

/** Token servers answer within a second; mail can wait for the next try. */
const REQUEST_MS = 20_000;
/** Microsoft's answers have 5 to 8 kB. */
const ANSWER_BYTES = 64 * 1024;
/** As base64 with its frame it must fit into a line of AUTH: 12,288 octets (RFC 4954 §4). */
const ACCESS_TOKEN_CHARS = 8_000;
/** Microsoft's have about 2,000. */
const REFRESH_TOKEN_CHARS = 16_000;
/** RFC 6749 §5.1 only recommends `expires_in`; the shortest life seen in practice is ten minutes. */
const LIFE_UNSAID_MS = 10 * 60_000;
const LIFE_MAX_MS = 24 * 60 * 60_000;

/** The errors of RFC 6749 §5.2, and of OpenID Connect as Microsoft uses them: in each a person must act. */
const REFUSALS = [
  ...["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"],
  ...["invalid_scope", "access_denied", "interaction_required", "consent_required", "login_required"],
  "invalid_resource",
];
/** Errors that pass; the first two of RFC 6749 §4.1.2.1 come from token endpoints too. */
const PASSING = ["temporarily_unavailable", "server_error", "slow_down"];

/** Asks once for an access token by a refresh token (RFC 6749 §6), bounded in time and size, following no redirect. */
export async function askForToken(
  request: TokenRequest,
): Promise<{ ok: true; grant: TokenGrant } | { ok: false; fault: TokenFault }> {
  try {
    return { ok: true, grant: await grantOf(request) };
  } catch (error) {
    if (error instanceof TokenFault) return { ok: false, fault: error };
    // Messages of the network layer may quote what was sent: only the kind is kept.
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    const detail = timedOut ? "timeout" : "network";
    return { ok: false, fault: new TokenFault(request.account, "token_unreachable", detail) };
  }
}

async function grantOf({ account, settings, refreshToken, send, now }: TokenRequest): Promise<TokenGrant> {
  const fault = (code: TokenFaultCode, detail: string, retryAfterMs: number | null = null) =>
    new TokenFault(account, code, detail, retryAfterMs);
  if (!isSafe(settings.tokenUrl)) throw fault("token_malformed", "insecure address");
  const answer = await send(settings.tokenUrl, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: formOf(settings, refreshToken),
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  const { status } = answer;
  const text = await boundedText(answer);
  if ([408, 425, 429].includes(status) || status >= 500)
    throw fault("token_unreachable", `HTTP ${status}`, retryAfter(answer.headers.get("retry-after"), now()));
  const fields = text === null ? null : fieldsOf(text);
  if (fields === null) throw fault("token_malformed", text === null ? "too long" : `HTTP ${status}`);
  if (status === 200) {
    const grant = readGrant(fields, refreshToken);
    if (grant === null) throw fault("token_malformed", "no token");
    return grant;
  }
  const { error } = fields;
  if (typeof error !== "string" || status < 400) throw fault("token_malformed", `HTTP ${status}`);
  if (PASSING.includes(error)) throw fault("token_unreachable", error);
  throw fault(
    "token_refused",
    [REFUSALS.includes(error) ? error : "other", ...vendorCode(fields)].join(", "),
  );
}

/** TLS (RFC 6749 §3.2), except on this machine. */
function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && loopback);
}

/** Client credentials go in the body (RFC 6749 §2.3.1): Microsoft and Google document nothing else. */
function formOf({ clientId, clientSecret, scope }: OAuthSettings, refreshToken: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: clientId,
    ...(clientSecret === null ? {} : { client_secret: clientSecret }),
    ...(scope === null ? {} : { scope }),
  });
}

/** @returns null when the answer is longer than any honest one; the rest is not read. */
async function boundedText(answer: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function fieldsOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function readGrant(fields: Record<string, unknown>, used: string): TokenGrant | null {
  const { access_token, token_type, expires_in, refresh_token } = fields;
  if (!isToken(access_token, ACCESS_TOKEN_CHARS)) return null;
  if (typeof token_type !== "string" || token_type.toLowerCase() !== "bearer") return null;
  const seconds = Number(expires_in ?? Number.NaN);
  const lifeMs = seconds > 0 ? Math.min(seconds * 1000, LIFE_MAX_MS) : LIFE_UNSAID_MS;
  const refreshToken = isToken(refresh_token, REFRESH_TOKEN_CHARS) ? refresh_token : used;
  return { accessToken: access_token, lifeMs, refreshToken };
}

/** Visible ASCII (RFC 6750 §2.1 allows less): anything else could end a line of SMTP or IMAP. */
function isToken(value: unknown, most: number): value is string {
  return typeof value === "string" && value.length <= most && /^[\x21-\x7e]+$/.test(value);
}

/** Microsoft's number, the only thing that tells an expired consent from an expired client secret. */
function vendorCode({ error_description }: Record<string, unknown>): string[] {
  const code =
    typeof error_description === "string" ? /\bAADSTS\d{4,8}\b/.exec(error_description)?.[0] : undefined;
  return code === undefined ? [] : [code];
}

/** RFC 9110 §10.2.3: seconds or a date. */
function retryAfter(value: string | null, now: Instant): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.parse(now));
}
