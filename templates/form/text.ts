/** The form as plain text, to be filled in behind the colons and sent back as a letter or a file. */
import type { Answers, Entry, Form } from "./fields.ts";

/** Editors on Windows take Japanese text without this mark for another charset. */
const BYTE_ORDER_MARK = "\uFEFF";
/** Notepad before 2018 shows text without carriage returns as one line. */
const LINE_END = "\r\n";

/**
 * The lines of the form. Headings, remarks and options stand in brackets: the reader takes such a line for a heading, never
 * for the value of the line above it.
 */
export function formText(form: Form, answers: Answers = new Map()): string {
  const answer = ({ field }: Entry) => String(answers.get(field) ?? "");
  const lines = [form.title, "", ...form.guide.text.map((line) => `・${line}`)];
  for (const { heading, remark, entries } of form.sections) {
    lines.push("");
    if (typeof heading === "string") lines.push(`【${heading}】`);
    else lines.push(`【${heading.label}】${answer(heading)}`);
    if (remark !== undefined) lines.push(`〈${remark}〉`);
    for (const entry of entries) {
      const mark = entry.required ? `（${form.required}）` : "";
      // With its unit an amount below 100,000 yen is no longer in doubt (contract section 4).
      const unit = entry.kind === "yen" ? ` ${form.yen}` : "";
      lines.push(`${entry.label}${mark}：${answer(entry)}${unit}`, ...optionsOf(entry));
    }
  }
  return lines.join("\n");
}

const optionsOf = ({ offered }: Entry): string[] => (offered === "" ? [] : [`　〈${offered}〉`]);

/** The text as a file that opens as written on any machine. */
export const textFile = (text: string): Uint8Array =>
  Buffer.from(`${BYTE_ORDER_MARK}${text}\n`.replaceAll("\n", LINE_END), "utf8");
