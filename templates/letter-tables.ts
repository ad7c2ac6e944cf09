import { formatJapaneseDay } from "../core/dates.ts";
import type { CertificateVersion } from "../core/guarantee/guarantee.ts";
import { formatYen } from "../core/money.ts";
import type { Application, Day, GuaranteeKind, RequestedGuarantee } from "../core/terms.ts";
import { labelled } from "./tables.ts";
import type { Words } from "./words.ts";

/** The tables of the letters: label and value in columns, to be read and checked by eye. */

type Row = readonly [label: string, value: string];

/** The application as it was understood; what is not known yet says so. */
export function applicationTable(application: Application, words: Words): string {
  const general = rows(words, [
    ["ordererName", application.ordererName],
    ["contractorName", application.contractorName],
    ...optional("jointVentureName", application.jointVentureName),
    ["worksTitle", application.worksTitle],
    ...optional("worksNumber", application.worksNumber),
    ["contractPriceYen", yen(application.contractPriceYen)],
    ["contractDate", day(application.contractDate)],
    ["period", period(application.worksFrom, application.worksUntil, words)],
  ]);
  return [general, ...application.guarantees.map((one) => requested(one, words))].map(labelled).join("\n\n");
}

function requested(guarantee: RequestedGuarantee, words: Words): Row[] {
  const { kind, form, redeposit } = guarantee;
  const term = (key: string) => words.sentence("terms", key);
  return rows(words, [
    ["product", term(`product.${kind}`)],
    ["medium", form === null ? null : term(`medium.${form}`)],
    ["guaranteedYen", yen(guarantee.guaranteedYen)],
    ...optional("fiscalYearYen", yen(guarantee.fiscalYearYen)),
    ...(kind === "performance"
      ? []
      : ([
          ["depositBank", guarantee.depositBank],
          ["redeposit", redeposit === null ? null : term(redeposit ? "redeposit.yes" : "redeposit.no")],
        ] as const)),
  ]);
}

/** What of the works was said at all; empty where nothing was. */
export function knownWorks(
  { worksTitle, worksFrom, worksUntil, ...rest }: Application,
  words: Words,
): string {
  return labelled(
    rows(words, [
      ...optional("ordererName", rest.ordererName),
      ...optional("worksTitle", worksTitle),
      ...optional("contractPriceYen", yen(rest.contractPriceYen)),
      ...optional("period", period(worksFrom, worksUntil, words)),
    ]),
  );
}

/** The works that a letter is about, in a few lines. */
export function worksTable(application: Application, words: Words): string {
  return labelled(
    rows(words, [
      ["ordererName", application.ordererName],
      ["contractorName", contractor(application, words)],
      ["worksTitle", application.worksTitle],
    ]),
  );
}

/** Of a joint venture its lead member, with the name of the venture. */
function contractor(
  { contractorName: lead, jointVentureName: name }: Application,
  words: Words,
): string | null {
  if (name === null || lead === null) return lead;
  return words.sentence("terms", "value.jointVenture", { lead, name });
}

/** The certificate's contents, to be checked by the contractor. `issuedAt` as printed for people. */
export function certificateTable(
  certificate: { number: string; kind: GuaranteeKind; version: CertificateVersion; electronic: boolean },
  issuedAt: string,
  words: Words,
): string {
  const { content, serial } = certificate.version;
  const amendment = words.sentence("terms", "value.amendment", { serial: String(serial) });
  return labelled(
    rows(words, [
      ["product", words.sentence("terms", `product.${certificate.kind}`)],
      ["guaranteeNumber", certificate.number],
      ...(serial === 0 ? [] : ([["amendment", amendment]] as const)),
      ["medium", words.sentence("terms", `medium.${certificate.electronic ? "electronic" : "paper"}`)],
      ["principal", content.contractorName],
      ["principalAddress", content.contractorAddress],
      ["principalRepresentative", content.contractorRepresentative],
      ...optional("jointVentureName", content.jointVentureName),
      ["beneficiary", content.ordererName],
      ["guaranteedYen", yen(content.guaranteedYen)],
      ["guaranteeUntil", day(content.guaranteeUntil)],
      ["worksTitle", content.worksTitle],
      ...optional("worksNumber", content.worksNumber),
      ["contractPriceYen", yen(content.contractPriceYen)],
      ...optional("fiscalYearYen", yen(content.fiscalYearYen)),
      ["period", period(content.worksFrom, content.worksUntil, words)],
      ["contractDate", day(content.contractDate)],
      ...optional("depositBank", content.depositBank),
      ...optional("handlingBranch", content.handlingBranch),
      [certificate.electronic ? "issuedAt" : "issuedAtPaper", issuedAt],
    ]),
  );
}

function rows(words: Words, entries: readonly (readonly [label: string, value: string | null])[]): Row[] {
  const unknown = words.sentence("terms", "value.unknown");
  return entries.map(([label, value]) => [words.sentence("terms", `label.${label}`), value ?? unknown]);
}

function optional(label: string, value: string | null): (readonly [string, string])[] {
  return value === null ? [] : [[label, value]];
}

function yen(value: number | null): string | null {
  return value === null ? null : formatYen(value);
}

function day(value: Day | null): string | null {
  return value === null ? null : formatJapaneseDay(value);
}

function period(from: Day | null, until: Day | null, words: Words): string | null {
  if (from === null && until === null) return null;
  const unknown = words.sentence("terms", "value.unknown");
  return words.sentence("terms", "value.period", {
    from: day(from) ?? unknown,
    until: day(until) ?? unknown,
  });
}
