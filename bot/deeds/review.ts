import { z } from "zod";
import type { Case } from "../../core/case.ts";
import { caseById } from "../../core/desk/find.ts";
import { reviewCase, settleable } from "../../core/desk/review.ts";
import type { Refusal } from "../../core/refusals.ts";
import { enteredForm } from "../blocks/application-entered.ts";
import { checkId, openChecks, reviewModal } from "../blocks/review.ts";
import type { Act, Bot } from "../bot.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import type { SubmissionHandler } from "../submissions.ts";
import { refusedModal } from "./common.ts";
import { standing } from "./standing.ts";

/** What the modal carries along: ids only. */
const metaSchema = z.object({ caseId: z.string(), version: z.int(), channel: z.string().nullable() });

/** 審査: opens the application with its questions and checks. */
export async function openReview(bot: Bot, act: Act, found: Case): Promise<Reply> {
  if (found.ended !== null)
    return refused(bot, act, "review", { code: "wrong_status", detail: { status: found.ended.how } });
  const meta = JSON.stringify({ caseId: found.id, version: found.version, channel: act.channel });
  const modal = reviewModal(found, settleable(bot.desk, found), meta, bot.words, bot.say);
  return { kind: "open", modal };
}

/** The modal of `openReview`, submitted. */
export const submitReview: SubmissionHandler = async (bot, by, { meta, values }) => {
  const { caseId, version, channel } = metaSchema.parse(JSON.parse(meta));
  const act = { by, channel };
  const current = await caseById(bot.desk, caseId);
  if (!current.ok) return refused(bot, act, "review", current.refusal);
  const found = current.value;
  // Another version has other questions in other places: nothing of the form may be read against it.
  if (found.version !== version) return inModal(bot, act, { code: "stale_screen", detail: {} }, values);
  const form = enteredForm(values, found.application, bot.say);
  if (!form.ok) return { kind: "errors", errors: form.errors };
  const ticked = (prefix: string) =>
    [...values].flatMap(([block, chosen]) =>
      block.startsWith(prefix) && chosen !== "" ? chosen.split(",") : [],
    );
  const checks = ticked("checks:");
  const reviewed = await reviewCase(bot.desk, by, caseId, {
    expectedVersion: version,
    application: form.application,
    settledProblems: ticked("settled:").map(Number),
    settledChecks: openChecks(found).filter((check) => checks.includes(checkId(check))),
    note: values.get("note") ?? "",
    tellApplicant: values.get("tell") === "tell",
  });
  if (!reviewed.ok) return inModal(bot, act, reviewed.refusal, values);
  const { found: after, told, voided } = reviewed.value;
  const products = voided.map((kind) => bot.say(`product.${kind}`)).join(bot.say("list.comma"));
  const notes = [
    ...(voided.length === 0 ? [] : [bot.say("review.done.voided", { products })]),
    ...(told ? [bot.say("review.done.told")] : []),
  ];
  return { kind: "done", screens: standing(bot, "review", after, notes) };
};

/** Refused at an input: the form stays open, so that nothing typed into it is lost. */
function inModal(bot: Bot, act: Act, refusal: Refusal, values: ReadonlyMap<string, string>): Reply {
  const kind = refusal.detail.kind;
  // What is about no input of its own stands at the first one, which Slack scrolls to.
  const [first = ""] = values.keys();
  const wish = kind === undefined ? first : `guarantees.${kind}.wish`;
  const about = values.has(wish) ? wish : first;
  const places = {
    ...{ review_note_missing: "note", review_empty: first, stale_screen: first },
    ...{ review_too_late: about, review_not_removable: about },
  };
  return refusedModal(bot, act, "review", refusal, { places, guarantees: [], values });
}
