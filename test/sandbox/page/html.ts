/** Text that is HTML already; everything else that goes into a template is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | Part[] | null | undefined | false;

/** A template whose values are escaped unless they are {@link Html}. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, i) => (i === 0 ? text : flat(parts[i - 1]) + text)).join(""));
}

function flat(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (Array.isArray(part)) return part.map(flat).join("");
  return part instanceof Html ? part.text : escaped(String(part));
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The fields of every form: proof that it came from this page, and who acts. */
export function ownFields({ token, as }: { token: string; as: string }): Html {
  return html`<input type="hidden" name="token" value="${token}"><input type="hidden" name="as" value="${as}">`;
}
