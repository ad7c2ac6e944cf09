import { createHash } from "node:crypto";
import { tellTrouble } from "../core/desk/trouble.ts";
import type { Desk } from "../core/ports.ts";
import type { MailAccount, Settings } from "../core/settings.ts";
import type { ImapAccess } from "./imap/connection.ts";
import { errorCode, type Log } from "./log.ts";
import { TokenFault } from "./oauth/request.ts";
import { openTokens, type TokenKeep, type Tokens } from "./oauth/tokens.ts";

type AccountDesk = Pick<Desk, "store" | "sealer" | "now">;

/** How the door gets into its two accounts: by password, or by tokens that outlive the process. */
export interface Accounts {
  imap: ImapAccess & { account: Settings["imap"] };
  /** Null when there is a password. */
  imapTokens: Tokens | null;
  smtpTokens: Tokens | null;
}

export function openAccounts(
  { imap, smtp }: Pick<Settings, "imap" | "smtp">,
  desk: AccountDesk,
  log: Log,
): Accounts {
  const imapTokens = tokensOf("imap", imap, desk, log);
  const access =
    imapTokens === null
      ? {}
      : { token: () => imapTokens.accessToken(), onTokenRefused: () => imapTokens.drop() };
  return {
    imap: { ...access, account: imap },
    imapTokens,
    smtpTokens: tokensOf("smtp", smtp, desk, log),
  };
}

function tokensOf(
  account: "imap" | "smtp",
  { user, oauth }: MailAccount,
  desk: AccountDesk,
  log: Log,
): Tokens | null {
  if (oauth === null) return null;
  const keep = tokenKeep(`${account}:${user ?? ""}`, oauth.refreshToken, desk);
  const tokens = openTokens({ account, settings: oauth, keep, now: () => desk.now() });
  return {
    ...tokens,
    async accessToken() {
      try {
        return await tokens.accessToken();
      } catch (error) {
        if (error instanceof TokenFault && error.code === "token_refused") await tell();
        throw error;
      }
    },
  };

  /** A person has to consent anew; told once a day for as long as it lasts. */
  async function tell(): Promise<void> {
    const day = desk.now().slice(0, 10);
    await tellTrouble(desk, "token_refused", { account: user ?? account }, `${account}:${day}`).catch(
      (error: unknown) => log.warn({ code: errorCode(error) }, "staff could not be told of a refused token"),
    );
  }
}

/** Providers may replace the refresh token at every use. A newly configured one beats what was kept of an older one. */
function tokenKeep(account: string, configuredToken: string, { store, sealer, now }: AccountDesk): TokenKeep {
  const configured = createHash("sha256").update(configuredToken).digest("hex");
  return {
    async load() {
      const sealed = await store.transact((tx) => tx.keptToken(account, configured));
      return sealed === null ? null : new TextDecoder().decode(sealer.unseal(sealed));
    },
    async save(refreshToken) {
      const sealed = sealer.seal(new TextEncoder().encode(refreshToken));
      await store.transact((tx) => tx.keepToken(account, configured, sealed, now()));
    },
  };
}
