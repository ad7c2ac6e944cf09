import type { OAuthSettings } from "../../core/settings.ts";
import type { Instant } from "../../core/terms.ts";
import { askForToken, type TokenFault } from "./request.ts";

/** Where a rotated refresh token outlives the process. Both may reject; nothing is lost by it while the process lives. */
export interface TokenKeep {
  /** @returns the latest refresh token that replaced the configured one, else null. */
  load(): Promise<string | null>;
  save(refreshToken: string): Promise<void>;
}

/** Access tokens of one account for XOAUTH2, on IMAP or SMTP. */
export interface Tokens {
  /**
   * @returns a token that is valid for some minutes yet; to be asked for at each new connection.
   * @throws TokenFault: `token_refused`, `token_unreachable` or `token_malformed`.
   */
  accessToken(): Promise<string>;
  /** When the token at hand ends; null when there is none. */
  expiresAt(): Instant | null;
  /**
   * The mail server refused a token although it should hold: the next call asks for a fresh one.
   * @param refused the token refused; one that has been replaced since is no reason to drop its successor.
   */
  drop(refused?: string): void;
}

export interface TokenOptions {
  /** For messages. */
  account: "imap" | "smtp";
  settings: OAuthSettings;
  keep: TokenKeep;
  now(): Instant;
  /** For tests of what a server cannot be made to do. */
  fetch?: typeof fetch;
}

/** A token is renewed this long before its end (an hour, usually), or at its half life if that is later. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** A mail server that refuses every token (SMTP AUTH switched off) must not make us ask for one at each connection. */
const DROP_MIN_MS = 60_000;
/** After a failure nobody asks for a while; it doubles from the first to the second. */
const HOLD_MIN_MS = 1_000;
const HOLD_MAX_MS = 15 * 60_000;
/** A refusal lasts until a person acts; another process may have saved a newer token, so it is looked at again. */
const HOLD_REFUSED_MS = 60_000;

interface Held {
  accessToken: string;
  renewAt: number;
  endsAt: number;
}

/** Opens the tokens of an account: one request at a time, its answer kept until shortly before its end. */
export function openTokens(options: TokenOptions): Tokens {
  let held: Held | null = null;
  let asking: Promise<string> | null = null;
  let droppedAt: number | null = null;
  let hold: { until: number; fault: TokenFault } | null = null;
  let failures = 0;
  const refreshTokens = refreshTokensOf(options);
  const clock = () => Date.parse(options.now());

  async function ask(): Promise<string> {
    const result = await askWithEach(options, refreshTokens);
    if (!result.ok) {
      const { fault } = result;
      const least = fault.code === "token_unreachable" ? HOLD_MIN_MS : HOLD_REFUSED_MS;
      const wait = Math.max(fault.retryAfterMs ?? 0, least * 2 ** Math.min(failures, 20));
      failures += 1;
      hold = { until: clock() + Math.min(wait, HOLD_MAX_MS), fault };
      throw fault;
    }
    failures = 0;
    hold = null;
    const { accessToken, lifeMs } = result.grant;
    const at = clock();
    held = { accessToken, endsAt: at + lifeMs, renewAt: at + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2) };
    return accessToken;
  }

  /** A clock set back must not stretch a pause. */
  const onHold = (at: number) => hold !== null && at < hold.until && hold.until - at <= HOLD_MAX_MS;

  async function askOnce(): Promise<string> {
    if (hold !== null && onHold(clock())) throw hold.fault;
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  }

  return {
    async accessToken() {
      if (held !== null && clock() < held.renewAt) return held.accessToken;
      try {
        return await askOnce();
      } catch (error) {
        // Asked for early enough that trouble of some minutes is nobody's trouble.
        if (held !== null && clock() < held.endsAt) return held.accessToken;
        throw error;
      }
    },
    expiresAt: () => (held === null ? null : new Date(held.endsAt).toISOString()),
    drop(refused) {
      if (held === null || (refused !== undefined && refused !== held.accessToken)) return;
      const at = clock();
      if (droppedAt !== null && at >= droppedAt && at - droppedAt < DROP_MIN_MS) return;
      droppedAt = at;
      held = null;
    },
  };
}

interface RefreshTokens {
  /** The ones worth trying, best first, each asked for only when those before it were refused. */
  each(): AsyncGenerator<string>;
  /** A grant came by `used`: `latest`, when it is another, replaces it (RFC 6749 §6). Never rejects. */
  granted(used: string, latest: string): Promise<void>;
}

/**
 * Microsoft hands out a new refresh token with each grant. One that could not be saved stays in memory and is saved
 * later. One that is refused may have been replaced by another process meanwhile, so the keep is read again; the
 * configured one comes last.
 */
function refreshTokensOf({ keep, settings }: TokenOptions): RefreshTokens {
  let unsaved: string | null = null;
  const kept = async () => keep.load();
  return {
    async *each() {
      const tried = new Set<string>();
      for (const next of [async () => unsaved, kept, kept, async () => settings.refreshToken]) {
        // An unreachable keep is no reason to send nothing: the configured token usually holds for weeks yet.
        const token = await next().catch(() => null);
        if (token === null || tried.has(token)) continue;
        tried.add(token);
        yield token;
      }
    },
    async granted(used, latest) {
      unsaved = latest !== used || used === unsaved ? latest : null;
      if (unsaved === null) return;
      await keep.save(unsaved).then(
        () => {
          unsaved = null;
        },
        () => {},
      );
    },
  };
}

type Asked = Awaited<ReturnType<typeof askForToken>>;

async function askWithEach(options: TokenOptions, refreshTokens: RefreshTokens): Promise<Asked> {
  const { account, settings, fetch: send = fetch, now } = options;
  let asked: Asked | null = null;
  for await (const refreshToken of refreshTokens.each()) {
    asked = await askForToken({ account, settings, refreshToken, send, now });
    if (asked.ok) {
      await refreshTokens.granted(refreshToken, asked.grant.refreshToken);
      return asked;
    }
    if (asked.fault.code !== "token_refused") return asked;
  }
  if (asked === null) throw new Error("no refresh token configured");
  return asked;
}
