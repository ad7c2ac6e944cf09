/** The form a contractor asks for (contract section 6): a workbook and a text, both made of the same fields. */
import type { LetterAttachment } from "../../core/letters.ts";
import { loadForm } from "./fields.ts";
import { formText, textFile } from "./text.ts";
import { formWorkbook } from "./workbook.ts";

const WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

let drawn: Promise<LetterAttachment[]> | undefined;

/** The blank form as files; drawn once a process, the same bytes for everybody. */
export function blankForm(): Promise<LetterAttachment[]> {
  drawn ??= draw();
  return drawn;
}

async function draw(): Promise<LetterAttachment[]> {
  const form = loadForm();
  return [
    { filename: form.files.workbook, contentType: WORKBOOK_TYPE, content: await formWorkbook(form) },
    {
      filename: form.files.text,
      contentType: "text/plain; charset=utf-8",
      content: textFile(formText(form)),
    },
  ];
}
