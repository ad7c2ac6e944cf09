import { type Case, type CheckReview, reviewOf } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import {
  type CertificateVersion,
  type ChangeRequest,
  type Guarantee,
  type IssuedGuarantee,
  isIssued,
} from "../../core/guarantee/guarantee.ts";
import type { SentLetter } from "../../core/rows/outbox.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { undeliveredLines } from "./card.ts";
import { checkLine, dayText, timeText, yenText } from "./facts.ts";

/** What happened to a case, as far as the case itself remembers; the audit log knows all. */

/** Versions of one certificate on the screen, the newest; a guarantee rarely has more than three. */
const VERSIONS_MAX = 20;
/** Steps of the story on the screen, the newest. */
const STEPS_MAX = 60;

/** Every version of the certificate, those that do not hold any more included: staff see what was corrected. */
export function certificateHistory({ certificates }: IssuedGuarantee, say: Say): string[] {
  const more = certificates.length - VERSIONS_MAX;
  return [
    say("history.certificates"),
    ...(more > 0 ? [say("history.earlier", { count: String(more) })] : []),
    ...certificates.slice(-VERSIONS_MAX).map((version) => versionLine(version, say)),
  ];
}

function versionLine({ content, ended, issuedAt, position, serial }: CertificateVersion, say: Say): string {
  return say("history.certificate", {
    position: String(position + 1),
    serial: serialText(serial, say),
    at: timeText(issuedAt),
    yen: yenText(content.guaranteedYen, say),
    day: dayText(content.guaranteeUntil, say),
    ended: ended === null ? "" : say(`history.ended.${ended.how}`, { at: timeText(ended.at) }),
  });
}

function serialText(serial: number, say: Say): string {
  return serial === 0 ? say("serial.first") : say("serial.amended", { serial: String(serial) });
}

/** A change that one person asked for, until it holds. */
export function changeLines({ approval, maker, proposed, requestedAt }: ChangeRequest, say: Say): string[] {
  const change = say(`command.${proposed.change}.word`);
  const asked = { change, by: maker.name, at: timeText(requestedAt), reason: proposed.reason };
  return [
    say("history.change", asked),
    ...(approval === null
      ? []
      : [say("history.changeApproved", { by: approval.checker.name, at: timeText(approval.approvedAt) })]),
  ];
}

/** The checks as they stand, each with what convinced whoever settled it. */
export function settledChecks(found: Case, words: BotWords, say: Say): string[] {
  return found.checks.flatMap((check) => {
    const review = reviewOf(found, check);
    return [
      checkLine(check, words, say, review?.by.name ?? null),
      ...(review === null ? [] : [reviewLine(review, say)]),
    ];
  });
}

function reviewLine({ at, by, note }: CheckReview, say: Say): string {
  return say("history.review", { by: by.name, at: timeText(at), note });
}

/** What goes by post, what is done included. */
export function postLines({ tasks }: Pick<Case, "tasks">, say: Say): string[] {
  return tasks.map(({ done, kind, since, task }) => {
    const words = { what: say(`task.${task}`), product: say(`product.${kind}`) };
    return done === null
      ? say("history.toPost", { ...words, at: timeText(since) })
      : say("history.posted", { ...words, at: timeText(done.at), by: done.by.name });
  });
}

/** Letters out with where to and what became of them; never what they say, for it may hold a key. */
export function sentLines(
  found: Case,
  { sent, sentMore }: { sent: readonly SentLetter[]; sentMore: boolean },
  words: BotWords,
  say: Say,
): string[] {
  return [
    ...undeliveredLines(caseCard(found), say),
    ...sent.map(({ at, state, template, to }) =>
      say("details.sentLetter", {
        at: timeText(at),
        letter: nameOf(words, "template", template),
        to,
        state: say(`details.sentState.${state}`),
      }),
    ),
    ...(sentMore ? [say("details.moreSentLetters", { count: String(sent.length) })] : []),
  ];
}

interface Step {
  at: string;
  text: string;
}

/** What happened and when, oldest first. */
export function timeline(found: Case, say: Say): string[] {
  const steps: Step[] = [
    { at: found.openedAt, text: say(`timeline.opened.${found.origin}`) },
    ...found.guarantees.flatMap((guarantee) => stepsOf(guarantee, say)),
    ...found.reviews.map(({ at, by }) => ({ at, text: say("timeline.reviewed", { by: by.name }) })),
    ...found.tasks.flatMap(({ done, kind, task }) =>
      done === null
        ? []
        : [
            {
              at: done.at,
              text: say("timeline.posted", {
                ...{ what: say(`task.${task}`), product: say(`product.${kind}`), by: done.by.name },
              }),
            },
          ],
    ),
    ...(found.ended === null
      ? []
      : [{ at: found.ended.at, text: say("timeline.ended", { state: say(`state.${found.ended.how}`) }) }]),
  ];
  // One step may settle several checks.
  const once = steps.filter(
    (step, i) => steps.findIndex(({ at, text }) => at === step.at && text === step.text) === i,
  );
  once.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const more = once.length - STEPS_MAX;
  return [
    ...(more > 0 ? [say("history.earlier", { count: String(more) })] : []),
    ...once.slice(-STEPS_MAX).map(({ at, text }) => say("timeline.line", { at: timeText(at), text })),
  ];
}

function stepsOf(guarantee: Guarantee, say: Say): Step[] {
  const product = say(`product.${guarantee.kind}`);
  const steps: Step[] = [];
  const add = (at: string, key: string, params: Record<string, string> = {}) =>
    void steps.push({ at, text: say(`timeline.${key}`, { product, ...params }) });
  if ("fee" in guarantee) {
    const { settlement, toldAt } = guarantee.fee;
    add(toldAt, "accepted");
    if (settlement !== null) add(settlement.at, settlement.how, { by: settlement.by.name });
  }
  if (guarantee.status === "awaiting_approval") {
    const { request, approval } = guarantee;
    add(request.requestedAt, "requested", { by: request.maker.name });
    if (approval !== null) add(approval.approvedAt, "approved", { by: approval.checker.name });
  }
  if (!isIssued(guarantee)) return steps;
  for (const { ended, issuedAt, position, serial } of guarantee.certificates) {
    const before = guarantee.certificates[position - 1];
    const again = before !== undefined && before.serial === serial;
    const amendment = { serial: String(serial) };
    add(issuedAt, again ? "rectified" : serial === 0 ? "issued" : "amended", amendment);
    if (ended?.how === "withdrawn") add(ended.at, "unamended", amendment);
  }
  if (guarantee.status === "in_force" && guarantee.change !== null) {
    const { maker, proposed, requestedAt } = guarantee.change;
    add(requestedAt, "changeRequested", { by: maker.name, change: say(`command.${proposed.change}.word`) });
  }
  return steps;
}
