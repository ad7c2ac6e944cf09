import { SENDER_FIELD_CHARS } from "../limits.ts";
import { type HeaderField, valuesOf, withoutComments } from "./header.ts";

/** An addr-spec of dot-atoms (RFC 5322 §3.4.1). Quoted local parts and other alphabets go to a person. */
const ADDRESS =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

/** Longest address that SMTP carries (RFC 5321 §4.5.3.1.3, without its angle brackets). */
const ADDRESS_MAX = 254;

/**
 * The one address that wrote a letter: exactly one From field (RFC 5322 §3.6) with exactly one mailbox, taken from
 * the undecoded header, so that no encoded word becomes an address.
 * @returns the address with its domain in lower case, or null when there is none, more than one, or an odd one.
 */
export function onlySender(fields: readonly HeaderField[]): string | null {
  const values = valuesOf(fields, "from");
  const value = values[0];
  if (value === undefined || values.length !== 1 || value.length > SENDER_FIELD_CHARS) return null;
  // Display names may quote anything, an address among it: quoted strings are taken out first.
  const plain = withoutComments(value)
    .replace(/"(\\.|[^"\\])*"/g, "")
    .trim();
  const bracketed = /^[^<>@,;:]*<([^<>]*)>$/.exec(plain);
  const address = (bracketed?.[1] ?? plain).trim();
  if (address.length > ADDRESS_MAX || !ADDRESS.test(address)) return null;
  const at = address.lastIndexOf("@");
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

/** The domain of an address, lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

/**
 * True when what is proven for one domain holds for the other: it is the same or one above it with at least two
 * labels. A domain below proves nothing here: without a list of public suffixes nobody could tell a branch office from
 * a stranger. Both in lower case.
 */
export function speaksFor(proven: string, domain: string): boolean {
  return proven !== "" && (proven === domain || (proven.includes(".") && domain.endsWith(`.${proven}`)));
}
