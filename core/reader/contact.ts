/** Contact person, completion notice, direct submission: what is common to all products of an application. */
import type { Application } from "../terms.ts";
import { foldCode, foldText, foldWidth } from "../text.ts";
import { isUnticked, readChoice } from "./choice.ts";
import type { Report } from "./evidence.ts";
import { type Finding, resolve, resolveText, rowsOf } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { Row } from "./source.ts";
import { texts } from "./works.ts";

const PHONE = /(?<!\d)(?:\+81[- ]?|\(?0)\d{1,4}[-( ]{0,2}\d{1,4}[-) ]{0,2}\d{3,4}(?!\d)/u;
const EMAIL = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}/u;
/** A bare `TEL` counts as the contact's own when it stands this close below the contact's name. */
const NEAR_LINES = 3;

/** A yes or no beside a label. */
export function wishFindings(rows: Row[], field: Row["field"], labels: Labels): Finding<boolean>[] {
  const options: [boolean, string[]][] = [
    [true, labels.choices.wish.true],
    [false, labels.choices.wish.false],
  ];
  return rowsOf(rows, field).flatMap((row): Finding<boolean>[] => {
    if (row.value === "") return [];
    const choice = readChoice(row.value, options, labels);
    if (choice.ok) return [{ ok: true, value: choice.value, read: row.value, row }];
    return choice.reason === "absent" ? [] : [{ ok: false, code: choice.reason, read: row.value }];
  });
}

function emailFindings(rows: Row[], labels: Labels): Finding<string>[] {
  const announced = rowsOf(rows, "completionNotice");
  const generic = rowsOf(rows, "email").filter((row) =>
    announced.some((a) => a.source === row.source && a.line <= row.line),
  );
  const isAddress = (row: Row) => !row.prose || row.value.includes("@");
  const found = [
    ...rowsOf(rows, "completionEmail"),
    ...generic.filter(isAddress),
    ...announced.flatMap((row) => withEmail(row)),
  ];
  return found.flatMap((row): Finding<string>[] => {
    const value = foldCode(row.value).trim();
    const present = value.replace(labels.tokens.newInside, "").replace(labels.tokens.changedFrom, "");
    const [email, other] = [...new Set(present.match(new RegExp(EMAIL.source, "gu")) ?? [])];
    if (other !== undefined) return [{ ok: false, code: "ambiguous", read: row.value }];
    if (email) return [{ ok: true, value: email, read: row.value, row }];
    return value === "" || labels.blankValue.test(value)
      ? []
      : [{ ok: false, code: "unreadable", read: row.value }];
  });
}

/** A wish names its address in its value; in a sentence it may stand anywhere, if there is but one. */
function withEmail(row: Row): Row[] {
  if (EMAIL.test(foldCode(row.value))) return [row];
  const line = row.prose ? foldCode(row.source.lines[row.line] ?? "") : "";
  const found = [...line.matchAll(new RegExp(EMAIL.source, "gu"))].map(([address]) => address);
  return found.length === 1 ? [{ ...row, value: found[0] ?? "" }] : [];
}

const PEOPLE: Row["field"][] = ["name", "department", "othersContact"];

function phoneFindings(rows: Row[], labels: Labels): Finding<string>[] {
  const isTheirs = (row: Row) =>
    rows.findLast((one) => PEOPLE.includes(one.field) && one.source === row.source && one.line <= row.line)
      ?.field === "othersContact";
  const near = (row: Row) =>
    !isTheirs(row) &&
    rows.some(
      (r) =>
        (r.field === "name" ||
          r.field === "department" ||
          (r.field === "phone" && isPerson(r.value, labels))) &&
        r.source === row.source &&
        row.line >= r.line &&
        row.line - r.line <= NEAR_LINES,
    );
  const named = rowsOf(rows, "name").filter((row) => PHONE.test(foldCode(row.value)));
  const phones = [
    ...rowsOf(rows, "phone").filter((row) => !isTheirs(row)),
    ...rowsOf(rows, "weakPhone").filter(near),
    ...named,
  ];
  return phones.flatMap((row): Finding<string>[] => {
    const phone = PHONE.exec(foldCode(row.value))?.[0];
    if (phone) return [{ ok: true, value: phone, read: row.value, row }];
    const blank = row.value === "" || labels.blankValue.test(row.value) || !/\d/u.test(row.value);
    return blank ? [] : [{ ok: false, code: "unreadable", read: row.value }];
  });
}

const digits = (phone: string): string => phone.replace(/\D/g, "");

type Common = Pick<
  Application,
  "handlingBranch" | "completionNotice" | "completionEmail" | "directSubmission" | "contact" | "message"
>;

/** Reads the common part. Absent choices stay `null`. */
export function readCommon(rows: Row[], direct: boolean | null, labels: Labels, report: Report): Common {
  const wish = (field: "completionNotice" | "directSubmission") =>
    resolve(
      wishFindings(rows, field, labels).filter(
        (f) =>
          f.ok ||
          f.code === "ambiguous" ||
          !(EMAIL.test(f.read) || (field === "directSubmission" && isSubmitter(f.read, labels))),
      ),
      field,
      "choice",
      String,
      labels,
      report,
    );
  const text = (field: Row["field"], path: string) =>
    resolveText(texts(rows, field, labels), path, labels, report);
  // "Questions to the section chief of such a company, Miyazaki": who is meant stands behind.
  const isCompany = (f: Finding<string>) => f.ok && f.row?.prose === true && labels.companyMark.test(f.value);
  const named = texts(rows, "name", labels).filter((f) => !isCompany(f));
  const people = [...named, ...personsBesidePhones(rows, labels)].map((f) => ({
    finding: f,
    ...parsePerson(f.ok ? withoutPhone(f.value, labels) : "", labels),
  }));
  const names = people.map(({ finding, name }) => (finding.ok ? { ...finding, value: name } : finding));
  // What has a problem has no value.
  const isReported = (path: string) => report.problems.some(({ field }) => field === path);
  const beside = (part: "department" | "title", path: string) => {
    const said = people.flatMap((one): Finding<string>[] =>
      one[part] === "" ? [] : [{ ok: true, value: one[part], read: one[part] }],
    );
    return text(part, path) ?? (isReported(path) ? null : resolveText(said, path, labels, report));
  };
  const wishedDirect = wish("directSubmission");
  const messages = rowsOf(rows, "message")
    .map((row) => foldText(row.value))
    .filter((m) => m !== "" && !labels.nothing.test(m));
  return {
    handlingBranch: text("handlingBranch", "handlingBranch"),
    completionNotice: wish("completionNotice"),
    completionEmail: resolve(
      emailFindings(rows, labels),
      "completionEmail",
      "email",
      (v) => v.toLowerCase(),
      labels,
      report,
    ),
    directSubmission: isReported("directSubmission") ? null : directly(rows, labels, wishedDirect, direct),
    contact: {
      department: beside("department", "contact.department"),
      title: beside("title", "contact.title"),
      name: resolveText(
        names.filter((f) => !f.ok || f.value !== ""),
        "contact.name",
        labels,
        report,
      ),
      phone: resolve(phoneFindings(rows, labels), "contact.phone", "text", digits, labels, report),
    },
    message: [...new Set(messages)].join(" ") || null,
  };
}

/** "Contact: design section, chief, Yamada, 03-…": who answers the telephone. */
const personsBesidePhones = (rows: Row[], labels: Labels): Finding<string>[] =>
  texts(
    rowsOf(rows, "phone")
      .filter(({ value }) => isPerson(value, labels))
      .map((row) => ({ ...row, field: "name" })),
    "name",
    labels,
  );

/** Who submits, in words instead of a yes or no. */
const isSubmitter = (value: string, { prose }: Labels): boolean =>
  prose.directTrue.test(value) || prose.directFalse.test(value);

const isWorded = (row: Row, labels: Labels): boolean =>
  isSubmitter(row.value, labels) &&
  !wishFindings([row], "directSubmission", labels).some((f) => f.ok || f.code === "ambiguous");

/** A sentence answers where the form is silent; a form that was filled in beyond understanding stays unanswered. */
function directly(rows: Row[], labels: Labels, wished: boolean | null, said: boolean | null): boolean | null {
  const worded = rowsOf(rows, "directSubmission").find((row) => isWorded(row, labels));
  if (worded && labels.tokens.conditional.test(worded.value)) return null;
  if (worded) return !labels.prose.directFalse.test(worded.value);
  const isFilled = rowsOf(rows, "directSubmission").some(
    (row) =>
      !row.prose && row.value !== "" && !labels.blankValue.test(row.value) && !isUnticked(row.value, labels),
  );
  return wished ?? (isFilled ? null : said);
}

/** Beside a telephone there stands a name; without one, a unit or a post tells that a person is meant. */
function isPerson(value: string, { tokens }: Labels): boolean {
  if (PHONE.test(foldCode(value))) return /\p{Script=Han}{2}.*\d{4}/u.test(value);
  const words = foldText(value).split(" ");
  return words.some((word) => tokens.personUnit.test(word) || tokens.personPost.test(word));
}

/** "Accounts section, chief, Yamada Taro" in one value: unit and post stand in front of the name, parted by spaces. */
function parsePerson(value: string, labels: Labels): { department: string; title: string; name: string } {
  const of = labels.tokens.personOf.exec(value);
  const words = value.slice(of?.[0].length ?? 0).split(" ");
  const department: string[] = of?.[1] ? [of[1]] : [];
  const title: string[] = [];
  while (words.length > 1 && labels.legalForm.test(words[0] ?? "")) words.shift();
  while (words.length > 0 && labels.tokens.personUnit.test(words[0] ?? ""))
    department.push(words.shift() ?? "");
  while (words.length > 0 && labels.tokens.personPost.test(words[0] ?? "")) title.push(words.shift() ?? "");
  return { department: department.join(" "), title: title.join(" "), name: words.join(" ") };
}

/** A name that is followed by a telephone number on its line. */
function withoutPhone(name: string, labels: Labels): string {
  const words = [...labels.fields.weakPhone, ...labels.fields.phone].map((word) => foldWidth(word)).join("|");
  return foldText(name.replace(new RegExp(`[\\s(]*(?:${words})?[\\s:.]*${PHONE.source}.*$`, "iu"), ""));
}
