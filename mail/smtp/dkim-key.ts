import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";

/** What our letters are signed with. The key itself is opaque: printing it shows nothing. */
export interface DkimKey {
  /** d=: equal to the domain of MAIL_FROM or above it, else DMARC does not count the signature. */
  domain: string;
  /** s=: the public key stands in DNS at `<selector>._domainkey.<domain>`. */
  selector: string;
  privateKey: KeyObject;
}

/**
 * Why a key cannot be used. `key_unreadable`: no such file, or no right to read it. `key_malformed`: no private key in
 * PEM, or one under a passphrase. `key_unsupported`: neither RSA nor usable for it (Ed25519, EC). `key_too_short`.
 */
export type DkimKeyFaultCode = "key_unreadable" | "key_malformed" | "key_unsupported" | "key_too_short";

export class DkimKeyFault extends Error {
  readonly code: DkimKeyFaultCode;

  constructor(code: DkimKeyFaultCode) {
    super(code);
    this.name = "DkimKeyFault";
    this.code = code;
  }
}

/** Verifiers need not accept less (RFC 8301 §3.2); new keys have 2,048. */
const RSA_BITS_MIN = 1024;

/**
 * Reads the key of MAIL_DKIM_KEY_FILE once. Ed25519 (RFC 8463) is refused: the large mailbox providers do not verify it,
 * so a letter signed with it alone counts as unsigned.
 * @throws DkimKeyFault
 */
export async function loadDkimKey(settings: {
  domain: string;
  selector: string;
  keyFile: string;
}): Promise<DkimKey> {
  const pem = await readFile(settings.keyFile).catch(() => {
    throw new DkimKeyFault("key_unreadable");
  });
  const privateKey = parse(pem);
  if (privateKey.asymmetricKeyType !== "rsa") throw new DkimKeyFault("key_unsupported");
  if ((privateKey.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN)
    throw new DkimKeyFault("key_too_short");
  return { domain: settings.domain, selector: settings.selector, privateKey };
}

function parse(pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The library's message may quote the file.
    throw new DkimKeyFault("key_malformed");
  }
}
