import { AUTH_RESULTS_CHARS } from "../limits.ts";
import type { DkimCheck, DkimVerdict } from "./dkim.ts";
import { type HeaderField, valuesOf, withoutComments } from "./header.ts";
import { domainOf, onlySender, speaksFor } from "./sender.ts";

/** How far a sender is proven. */
export interface Trust {
  /** The From domain is proven, by our border server or by a signature that we checked ourselves. */
  authenticated: boolean;
  /** The field it rests on, unfolded, as evidence; null when no field of our border server was there. */
  authenticationResults: string | null;
  /** Our own check; `unchecked` also when the border server had decided or no check was wanted. */
  dkim: DkimVerdict["result"];
  /** What it rests on, for people: the field, or our own finding in its notation. */
  evidence: string | null;
  /** The proof could not be looked up: neither trust nor refusal, it may be there in some minutes. */
  tryLater: boolean;
}

export interface TrustContext {
  /** MAIL_AUTHSERV_ID; null: no server vouches for anybody. */
  authservId: string | null;
  /** Null: signatures are not checked (MAIL_DKIM_VERIFY=off). */
  dkim: DkimCheck | null;
  /** When the letter arrived, for signatures that ran out since. */
  receivedAt?: string;
}

/** Evidence is kept whole up to here. */
const EVIDENCE_MAX = 2000;

/**
 * Judges who wrote. The topmost Authentication-Results field (RFC 8601) decides when our border server wrote it. Only
 * that one counts: it is written last, whatever stands below came with the letter; and our border server must remove
 * foreign fields that bear its own authserv-id (RFC 8601 §5). Without it, a DKIM signature of the From domain does.
 * Reply-To is never looked at: anybody may write anything there.
 * @param bytes the whole letter that `fields` were read from.
 */
export async function senderTrust(
  fields: readonly HeaderField[],
  bytes: Uint8Array,
  { authservId, dkim, receivedAt }: TrustContext,
): Promise<Trust> {
  const from = onlySender(fields);
  const border = borderWord(fields, authservId);
  if (border !== null) {
    const evidence = border.slice(0, EVIDENCE_MAX);
    const authenticated = from !== null && vouches(border, domainOf(from));
    return { authenticated, authenticationResults: evidence, evidence, dkim: "unchecked", tryLater: false };
  }
  const checked =
    from === null || dkim === null
      ? null
      : await dkim(bytes, domainOf(from), receivedAt === undefined ? null : new Date(receivedAt));
  return {
    authenticated: checked?.result === "aligned",
    authenticationResults: null,
    dkim: checked?.result ?? "unchecked",
    evidence: checked?.evidence ?? null,
    tryLater: checked?.result === "unknown",
  };
}

/** The topmost Authentication-Results, when our border server wrote it. */
function borderWord(fields: readonly HeaderField[], authservId: string | null): string | null {
  const topmost = valuesOf(fields, "authentication-results")[0];
  if (authservId === null || topmost === undefined) return null;
  const written = parseResults(topmost.slice(0, AUTH_RESULTS_CHARS)).authservId;
  return written === authservId.toLowerCase() ? topmost : null;
}

interface MethodResult {
  method: string;
  result: string;
  /** `header.d`, `smtp.mailfrom`, … in lower case, values as written. */
  properties: Map<string, string>;
}

/** dmarc=pass; else an aligned dkim=pass or spf=pass. A dmarc=fail is never outvoted. */
function vouches(border: string, fromDomain: string): boolean {
  // What is not read to its end may say fail there.
  if (border.length > AUTH_RESULTS_CHARS) return false;
  const { results } = parseResults(border);
  const dmarc = results.filter((one) => one.method === "dmarc");
  if (dmarc.some((one) => one.result === "fail")) return false;
  return results.some((one) => {
    if (one.result !== "pass") return false;
    const property = (name: string) => one.properties.get(name);
    if (one.method === "dmarc") return domainOf(property("header.from") ?? fromDomain) === fromDomain;
    if (one.method === "dkim") return aligned(property("header.d") ?? property("header.i"), fromDomain);
    if (one.method === "spf") return aligned(property("smtp.mailfrom"), fromDomain);
    return false;
  });
}

function aligned(proven: string | undefined, fromDomain: string): boolean {
  return proven !== undefined && speaksFor(domainOf(proven), fromDomain);
}

/** RFC 8601 §2.2: `authserv-id [version] *( ";" method [ "/" version ] "=" result *( ptype "." property "=" value ) )`. */
function parseResults(value: string): { authservId: string | null; results: MethodResult[] } {
  const [head = "", ...rest] = split(withoutComments(value), ";");
  const authservId = split(head.trim(), " ")[0] ?? "";
  const results: MethodResult[] = [];
  for (const part of rest) {
    const [statement, ...properties] = split(
      part
        .trim()
        .replace(/\s*=\s*/g, "=")
        .replace(/\s*\.\s*(?=[A-Za-z])/g, "."),
      " ",
    );
    const match = /^([a-z][a-z0-9-]*)(?:\/\d+)?=([a-z]+)$/i.exec(statement ?? "");
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const named = properties
      .filter((one) => one.includes("="))
      .map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]);
    results.push({
      method: match[1].toLowerCase(),
      result: match[2].toLowerCase(),
      properties: new Map(named.map(([name = "", text = ""]) => [name.toLowerCase(), unquote(text)])),
    });
  }
  return { authservId: authservId === "" ? null : unquote(authservId).toLowerCase(), results };
}

/** Splits outside quoted strings; a space stands for any run of white space. */
function split(text: string, separator: ";" | " "): string[] {
  const pieces = [""];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') quoted = !quoted;
    const breaks = separator === " " ? /\s/.test(character) : character === separator;
    if (breaks && !quoted) pieces.push("");
    else
      pieces.push(
        `${pieces.pop() ?? ""}${character}${character === "\\" && quoted ? text.charAt(++at) : ""}`,
      );
  }
  return separator === " " ? pieces.filter((piece) => piece !== "") : pieces;
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replace(/\\(.)/g, "$1")
    : text;
}
