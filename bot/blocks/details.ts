import type { Case, SeenEntry } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import { type Guarantee, isIssued, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { mayDo, type StaffMember } from "../../core/policy.ts";
import type { CaseLetter } from "../../core/rows/letters.ts";
import type { SentLetter } from "../../core/rows/outbox.ts";
import { packButton } from "../modal-meta.ts";
import type { BotWords, Say } from "../words.ts";
import { productLines } from "./card.ts";
import { certificateLines, contractorText, dayText, line, timeText, yenText } from "./facts.ts";
import { certificateHistory, changeLines, postLines, sentLines, settledChecks, timeline } from "./history.ts";
import {
  type Block,
  type ButtonSpec,
  buttons,
  divider,
  grouped,
  heading,
  type Screen,
  sections,
} from "./kit.ts";
import { caseLetterGroups } from "./letter.ts";
import { actionId, looks, stepButtons, taskButtons } from "./menu.ts";

/** Slack takes 25 elements in a row; so many are read at a glance. */
const ROW_MAX = 8;

/** What the desk knows around a case. */
export interface CaseSurroundings {
  seen: readonly SeenEntry[];
  /** There are earlier looks than these. */
  seenMore?: boolean;
  letters: readonly CaseLetter[];
  /** There are earlier letters than these. */
  more: boolean;
  /** Letters that left the desk, newest first. */
  sent?: readonly SentLetter[];
  /** There are earlier ones than these. */
  sentMore?: boolean;
  /** Who looks: buttons for what this person may do. The role is looked at again on the click. */
  by?: StaffMember;
}

/** All that the desk knows of a case, for one member of staff; never a key. */
export function detailsScreens(
  found: Case,
  { by, seen, seenMore = false, sent = [], sentMore = false, ...letters }: CaseSurroundings,
  words: BotWords,
  say: Say,
): Screen[] {
  const title = say("details.heading", { receiptNumber: found.receiptNumber });
  const bullets = found.problems.map(({ text }) => say("bullet", { text }));
  const verified = seen.map(({ at, ordererName, guaranteeNumber }) =>
    say("details.seenBy", { at: timeText(at), orderer: ordererName, number: guaranteeNumber }),
  );
  const parts: [string, string[]][] = [
    // What was measured then need not fit what a certificate says now.
    [found.guarantees.some(isIssued) ? "checksAtReceipt" : "checks", settledChecks(found, words, say)],
    ["problems", bullets],
    ...(found.tasks.length === 0 ? [] : [["posts", postLines(found, say)] as [string, string[]]]),
    ["timeline", timeline(found, say)],
    ["seen", seenMore ? [...verified, say("details.moreSeen", { count: String(seen.length) })] : verified],
  ];
  const blocks: Block[] = [
    ...heading(title),
    ...sections(part(say("details.application"), [applicationLines(found, say)], say)),
    ...productParts(found, say),
    divider,
    ...parts.flatMap(([name, lines]) => sections(part(say(`details.${name}`), lines, say))),
  ];
  return grouped(title, [
    ...blocks.map((block) => [block]),
    [divider],
    ...caseLetterGroups(letters, words, say),
    sections(part(say("details.sentLetters"), sentLines(found, { sent, sentMore }, words, say), say)),
    ...deedButtons(found, by, say),
  ]);
}

function productParts(found: Case, say: Say): Block[] {
  if (found.guarantees.length > 0)
    return found.guarantees.flatMap((guarantee, i) => [
      divider,
      ...sections(guaranteeLines(found, guarantee, i, say)),
    ]);
  const reason = found.ended === null ? [] : [line(say, "field.reason", found.ended.reason)];
  return [divider, ...sections([...productLines(caseCard(found), say), ...reason].join("\n"))];
}

/** Everything that can be done now, each with a button of its own: next steps first, then the other deeds. */
function deedButtons(found: Case, by: StaffMember | undefined, say: Say): Block[][] {
  const card = caseCard(found);
  const may = (deed: Parameters<typeof mayDo>[1]) => by === undefined || mayDo(by, deed);
  const value = packButton(found.id, found.version);
  const specs: ButtonSpec[] = [
    ...stepButtons({ ...card, next: card.next.filter(may) }, say),
    ...(may("paid") ? taskButtons(card.tasks, say) : []),
    ...card.deeds
      .filter((deed) => !card.next.includes(deed) && may(deed))
      .map((deed) => ({ action: actionId(deed), label: say(`button.${deed}`), value })),
    ...looks(card)
      .filter(may)
      .map((deed) => ({ action: actionId(deed), label: say(`button.${deed}`), value })),
  ];
  const rows = Array.from({ length: Math.ceil(specs.length / ROW_MAX) }, (_, row) =>
    buttons(`deeds:${row}:${found.version}`, specs.slice(row * ROW_MAX, (row + 1) * ROW_MAX)),
  );
  return [[divider, ...rows.flat()]];
}

function part(title: string, lines: readonly string[], say: Say): string {
  return [say("details.part", { title }), ...(lines.length === 0 ? [say("none")] : lines)].join("\n");
}

/** What the application says, in the order of the form. */
function applicationLines(found: Case, say: Say): string {
  const { application: a } = found;
  const contact = [a.contact.department, a.contact.title, a.contact.name, a.contact.phone].filter(
    (one) => one !== null,
  );
  return [
    line(say, "field.worksTitle", a.worksTitle),
    ...(a.worksNumber === null ? [] : [line(say, "field.worksNumber", a.worksNumber)]),
    line(say, "field.orderer", a.ordererName),
    line(say, "field.contractor", contractorText(a, say)),
    line(say, "field.contractPriceYen", yenText(a.contractPriceYen, say)),
    line(say, "field.contractDate", dayText(a.contractDate, say)),
    line(
      say,
      "field.period",
      say("period", { from: dayText(a.worksFrom, say), until: dayText(a.worksUntil, say) }),
    ),
    ...(a.handlingBranch === null ? [] : [line(say, "field.handlingBranch", a.handlingBranch)]),
    line(say, "field.origin", say(`origin.${found.origin}`)),
    line(say, "field.sender", sender(found, say)),
    line(say, "field.completionNotice", choice(a.completionNotice, say)),
    ...(a.completionEmail === null ? [] : [line(say, "field.completionEmail", a.completionEmail)]),
    line(say, "field.directSubmission", choice(a.directSubmission, say)),
    ...(contact.length === 0 ? [] : [line(say, "field.contact", contact.join(" "))]),
    ...(a.message === null ? [] : [line(say, "field.message", a.message)]),
  ].join("\n");
}

/** An applicant who called or wrote on paper may have no address. */
function sender({ senderAddress: address, trust }: Case, say: Say): string | null {
  return address === "" ? null : say("details.sender", { address, trust: say(`trust.${trust}`) });
}

/** `words`: where the words for yes and no stand; of an account one asks whether it is used, not whether it is wished. */
function choice(value: boolean | null, say: Say, words = "form.choice"): string {
  return value === null ? say("unknown") : say(`${words}.${value ? "yes" : "no"}`);
}

function askedLines({ kind, requested }: Guarantee, say: Say): string[] {
  const { depositBank, fiscalYearYen, guaranteedYen } = requested;
  return [
    line(say, "field.guaranteedYen", yenText(guaranteedYen, say)),
    ...(fiscalYearYen === null ? [] : [line(say, "field.fiscalYearYen", yenText(fiscalYearYen, say))]),
    ...(kind === "performance" ? [] : [line(say, "field.depositBank", depositBank)]),
  ];
}

function guaranteeLines(found: Case, guarantee: Guarantee, index: number, say: Say): string {
  const { requested } = guarantee;
  const lines = [
    say("details.product", { product: productLines(caseCard(found), say)[index] ?? "" }),
    // Once there is a certificate, what it says counts, and not what was asked for.
    ...(isIssued(guarantee)
      ? [certificateLines(latestCertificate(guarantee).content, say)]
      : askedLines(guarantee, say)),
  ];
  if (guarantee.kind !== "performance")
    lines.push(line(say, "field.redeposit", choice(requested.redeposit, say, "form.use")));
  if (requested.feePayment !== null) lines.push(line(say, "field.feePayment", requested.feePayment));
  if (requested.feeBillTo !== null) lines.push(line(say, "field.feeBillTo", requested.feeBillTo));
  if (requested.advanceGuaranteeNumber !== null)
    lines.push(line(say, "field.advanceGuaranteeNumber", requested.advanceGuaranteeNumber));
  if ("fee" in guarantee) lines.push(line(say, "field.feeYen", yenText(guarantee.fee.feeYen, say)));
  if ("on" in guarantee) lines.push(line(say, "field.endedOn", dayText(guarantee.on, say)));
  if ("reason" in guarantee) lines.push(line(say, "field.reason", guarantee.reason));
  if (isIssued(guarantee)) lines.push(...certificateHistory(guarantee, say));
  if (guarantee.status === "in_force" && guarantee.change !== null)
    lines.push(...changeLines(guarantee.change, say));
  return lines.join("\n");
}
