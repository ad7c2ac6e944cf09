import type { Case, SeenEntry } from "../../core/case.ts";
import { stateWord } from "../../core/case-state.ts";
import { type Guarantee, isIssued, latestCertificate } from "../../core/guarantee/guarantee.ts";
import type { CaseLetter } from "../../core/rows/letters.ts";
import type { BotWords, Say } from "../words.ts";
import { checkLine, dayText, line, timeText, yenText } from "./facts.ts";
import { type Block, divider, grouped, heading, type Screen, sections } from "./kit.ts";
import { caseLetterGroups } from "./letter.ts";

/** What the desk knows around a case. */
export interface CaseSurroundings {
  seen: readonly SeenEntry[];
  letters: readonly CaseLetter[];
  /** There are earlier letters than these. */
  more: boolean;
}

/** All that the desk knows of a case, for one member of staff; never a key. */
export function detailsScreens(
  found: Case,
  { seen, ...letters }: CaseSurroundings,
  words: BotWords,
  say: Say,
): Screen[] {
  const title = say("details.heading", { receiptNumber: found.receiptNumber });
  const blocks: Block[] = [
    ...heading(title),
    ...sections(applicationLines(found, say)),
    ...found.guarantees.flatMap((guarantee) => [divider, ...sections(guaranteeLines(guarantee, say))]),
    divider,
    ...sections(
      part(
        say("details.checks"),
        found.checks.map((check) => checkLine(check, words, say)),
        say,
      ),
    ),
    ...sections(
      part(
        say("details.problems"),
        found.problems.map(({ text }) => say("bullet", { text })),
        say,
      ),
    ),
    ...sections(part(say("details.timeline"), timeline(found, say), say)),
    ...sections(
      part(
        say("details.seen"),
        seen.map(({ at, ordererName, guaranteeNumber }) =>
          say("details.seenBy", { at: timeText(at), orderer: ordererName, number: guaranteeNumber }),
        ),
        say,
      ),
    ),
  ];
  return grouped(title, [
    ...blocks.map((block) => [block]),
    [divider],
    ...caseLetterGroups(letters, words, say),
  ]);
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
    line(say, "field.contractor", a.contractorName),
    ...(a.jointVentureName === null ? [] : [line(say, "field.jointVentureName", a.jointVentureName)]),
    line(say, "field.contractPriceYen", yenText(a.contractPriceYen, say)),
    line(say, "field.contractDate", dayText(a.contractDate, say)),
    line(
      say,
      "field.period",
      say("period", { from: dayText(a.worksFrom, say), until: dayText(a.worksUntil, say) }),
    ),
    ...(a.handlingBranch === null ? [] : [line(say, "field.handlingBranch", a.handlingBranch)]),
    line(
      say,
      "field.sender",
      say("details.sender", { address: found.senderAddress, trust: say(`trust.${found.trust}`) }),
    ),
    line(say, "field.completionNotice", choice(a.completionNotice, say)),
    ...(a.completionEmail === null ? [] : [line(say, "field.completionEmail", a.completionEmail)]),
    line(say, "field.directSubmission", choice(a.directSubmission, say)),
    ...(contact.length === 0 ? [] : [line(say, "field.contact", contact.join(" "))]),
    ...(a.message === null ? [] : [line(say, "field.message", a.message)]),
  ].join("\n");
}

function choice(value: boolean | null, say: Say): string {
  return value === null ? say("unknown") : say(value ? "yes" : "no");
}

function guaranteeLines(guarantee: Guarantee, say: Say): string {
  const { requested } = guarantee;
  const lines = [
    say("details.product", {
      product: say(`product.${guarantee.kind}`),
      state: say(`state.${stateWord(guarantee)}`),
    }),
    line(say, "field.medium", say(`medium.${requested.form ?? "unknown"}`)),
    line(say, "field.guaranteedYen", yenText(requested.guaranteedYen, say)),
  ];
  if (requested.fiscalYearYen !== null)
    lines.push(line(say, "field.fiscalYearYen", yenText(requested.fiscalYearYen, say)));
  if (guarantee.kind !== "performance") {
    lines.push(
      line(say, "field.depositBank", requested.depositBank),
      line(say, "field.redeposit", choice(requested.redeposit, say)),
    );
  }
  if (requested.feePayment !== null) lines.push(line(say, "field.feePayment", requested.feePayment));
  if (requested.feeBillTo !== null) lines.push(line(say, "field.feeBillTo", requested.feeBillTo));
  if (requested.advanceGuaranteeNumber !== null)
    lines.push(line(say, "field.advanceGuaranteeNumber", requested.advanceGuaranteeNumber));
  if ("fee" in guarantee) lines.push(line(say, "field.feeYen", yenText(guarantee.fee.feeYen, say)));
  if ("reason" in guarantee) lines.push(line(say, "field.reason", guarantee.reason));
  if (isIssued(guarantee)) {
    const { content } = latestCertificate(guarantee);
    lines.push(
      line(say, "field.number", guarantee.number),
      line(say, "field.guaranteeUntil", dayText(content.guaranteeUntil, say)),
    );
  }
  return lines.join("\n");
}

/** What happened and when, oldest first, as far as the case itself remembers. */
function timeline(found: Case, say: Say): string[] {
  const steps: { at: string; text: string }[] = [{ at: found.openedAt, text: say("timeline.opened") }];
  for (const guarantee of found.guarantees) {
    const product = say(`product.${guarantee.kind}`);
    if ("fee" in guarantee) {
      steps.push({ at: guarantee.fee.toldAt, text: say("timeline.accepted", { product }) });
      const { settlement } = guarantee.fee;
      if (settlement !== null)
        steps.push({
          at: settlement.at,
          text: say(`timeline.${settlement.how}`, { product, by: settlement.by.name }),
        });
    }
    if (guarantee.status === "awaiting_approval") {
      const { request, approval } = guarantee;
      steps.push({
        at: request.requestedAt,
        text: say("timeline.requested", { product, by: request.maker.name }),
      });
      if (approval !== null)
        steps.push({
          at: approval.approvedAt,
          text: say("timeline.approved", { product, by: approval.checker.name }),
        });
    }
    if (isIssued(guarantee)) {
      for (const { issuedAt, serial } of guarantee.certificates) {
        const key = serial === 0 ? "timeline.issued" : "timeline.amended";
        steps.push({ at: issuedAt, text: say(key, { product, serial: String(serial) }) });
      }
    }
  }
  steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return steps.map(({ at, text }) => say("timeline.line", { at: timeText(at), text }));
}
