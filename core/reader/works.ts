/** The works contract in a letter: names, title, price, days. Also used for the figures an orderer quotes. */
import type { Day, Yen } from "../terms.ts";
import { foldText } from "../text.ts";
import type { Report } from "./evidence.ts";
import { type Finding, resolve, resolveText, rowsOf } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { Row } from "./source.ts";
import { textFinding } from "./text-value.ts";
import { dayFinding, periodFindings, yenFinding } from "./values.ts";

export const texts = (rows: Row[], field: Row["field"], labels: Labels): Finding<string>[] =>
  rowsOf(rows, field).flatMap((row) => textFinding(row, labels));

/** Names of the orderer: the office without its holder's name; a town beside its mayor is the same one, the fuller stays. */
export function ordererName(rows: Row[], weak: string[], labels: Labels, report: Report): string | null {
  const office = (name: string) => name.replace(labels.officeHolder, "$1");
  const named = rowsOf(rows, "ordererName").map((row) => ({ ...row, value: office(row.value) }));
  const found = preferLabelled(texts(named, "ordererName", labels), weak);
  const fullest = found.filter(
    (f) => !found.some((g) => f.ok && g.ok && g.value === `${f.value}${labels.headSuffix}`),
  );
  return resolveText(fullest, "ordererName", labels, report);
}

/** What prose suggests counts only where no label says anything. */
export function preferLabelled(labelled: Finding<string>[], weak: string[]): Finding<string>[] {
  if (labelled.length > 0) return labelled;
  return weak.map((value) => ({ ok: true, value: foldText(value), read: value }));
}

/** Contractor and joint venture: of a joint venture the contractor is the lead member (contract section 3). */
export function parties(rows: Row[], weak: string[], labels: Labels, report: Report) {
  const company = (value: string) => {
    const own = labels.tokens.ownWords.test(value) ? value.replace(/[)」]\s*$/u, "") : value;
    return foldText(own.replace(labels.tokens.ownWords, "").replace(labels.personTail, ""));
  };
  const leads: Finding<string>[] = [];
  const ventures: Finding<string>[] = [...texts(rows, "jointVentureName", labels)];
  const contractors: Finding<string>[] = [];
  for (const finding of preferLabelled(texts(rows, "contractorName", labels), weak)) {
    if (!finding.ok || !labels.jointVenture.test(finding.value)) contractors.push(finding);
    else ventures.push(finding);
  }
  const split = ventures.map((finding) => {
    if (!finding.ok) return finding;
    const [name = "", lead] = finding.value.split(labels.leadSplit);
    if (lead && labels.companyMark.test(lead))
      leads.push({ ok: true, value: company(lead.replace(/[)\s]+$/u, "")), read: finding.read });
    return { ...finding, value: foldText(name.replace(/[(\s]+$/u, "")) };
  });
  if (split.length > 0) {
    for (const finding of texts(rows, "leadMember", labels)) {
      if (finding.ok && labels.companyMark.test(finding.value))
        leads.push({ ...finding, value: company(finding.value) });
    }
  }
  const members = contractors.map((f) => (f.ok ? { ...f, value: company(f.value) } : f));
  return {
    jointVentureName: resolveText(split, "jointVentureName", labels, report),
    contractorName: resolveText(leads.length > 0 ? leads : members, "contractorName", labels, report),
  };
}

export const contractPrice = (rows: Row[], field: string, labels: Labels, report: Report): Yen | null =>
  resolve(
    rowsOf(rows, "contractPriceYen").flatMap((row) => yenFinding(row, labels)),
    field,
    "yen",
    String,
    labels,
    report,
  );

export const contractDate = (rows: Row[], field: string, labels: Labels, report: Report): Day | null =>
  resolve(
    rowsOf(rows, "contractDate").flatMap((row) => dayFinding(row, labels)),
    field,
    "day",
    String,
    labels,
    report,
  );

/** Both ends of the period from `period` rows and from labels of one end. */
export function worksPeriod(
  rows: Row[],
  prefix: string,
  labels: Labels,
  report: Report,
): { worksFrom: Day | null; worksUntil: Day | null } {
  const from: Finding<Day>[] = rowsOf(rows, "worksFrom").flatMap((row) => dayFinding(row, labels));
  const until: Finding<Day>[] = rowsOf(rows, "worksUntil").flatMap((row) => dayFinding(row, labels));
  for (const row of rowsOf(rows, "period")) {
    const ends = periodFindings(row, labels);
    from.push(...ends.from);
    until.push(...ends.until);
  }
  return {
    worksFrom: resolve(from, `${prefix}worksFrom`, "day", String, labels, report),
    worksUntil: resolve(until, `${prefix}worksUntil`, "day", String, labels, report),
  };
}
