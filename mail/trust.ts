import { type HeaderField, valuesOf, withoutComments } from "./header.ts";
import { domainOf, onlySender } from "./sender.ts";

/** What our border mail server says of a sender. */
export interface Trust {
  /** The border server vouches for the From domain. */
  authenticated: boolean;
  /** The field it rests on, unfolded, as evidence; null when no field of our border server was there. */
  authenticationResults: string | null;
}

/** Evidence is kept whole up to here. */
const EVIDENCE_MAX = 2000;

/**
 * Judges the topmost Authentication-Results field (RFC 8601). Only that one counts: our border server writes it last,
 * whatever stands below it came with the letter. Our border server must remove foreign fields that bear its own
 * authserv-id (RFC 8601 §5).
 * @param authservId MAIL_AUTHSERV_ID; null: nothing is known, nobody is authenticated.
 */
export function senderTrust(fields: readonly HeaderField[], authservId: string | null): Trust {
  const topmost = valuesOf(fields, "authentication-results")[0];
  const from = onlySender(fields);
  if (authservId === null || topmost === undefined)
    return { authenticated: false, authenticationResults: null };
  const parsed = parseResults(topmost);
  if (parsed.authservId !== authservId.toLowerCase())
    return { authenticated: false, authenticationResults: null };
  const authenticated = from !== null && vouches(parsed.results, domainOf(from));
  return { authenticated, authenticationResults: topmost.slice(0, EVIDENCE_MAX) };
}

interface MethodResult {
  method: string;
  result: string;
  /** `header.d`, `smtp.mailfrom`, … in lower case, values as written. */
  properties: Map<string, string>;
}

/** dmarc=pass; else an aligned dkim=pass or spf=pass. A dmarc=fail is never outvoted. */
function vouches(results: readonly MethodResult[], fromDomain: string): boolean {
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

/**
 * True when the proven domain is the From domain or one above it. A domain below it proves nothing here: without a
 * list of public suffixes nobody could tell a branch office from a stranger.
 */
function aligned(proven: string | undefined, fromDomain: string): boolean {
  if (proven === undefined) return false;
  const domain = domainOf(proven);
  return domain === fromDomain || (domain.includes(".") && fromDomain.endsWith(`.${domain}`));
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
