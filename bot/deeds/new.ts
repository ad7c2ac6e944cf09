import { z } from "zod";
import { enterCase } from "../../core/desk/enter.ts";
import { emptyApplication, enteredForm, typedAddress } from "../blocks/application-entered.ts";
import { newCaseModal, REQUIRED } from "../blocks/new-case.ts";
import type { Act, Bot } from "../bot.ts";
import type { Reply } from "../reply.ts";
import type { SubmissionHandler } from "../submissions.ts";
import { refusedModal } from "./common.ts";
import { standing } from "./standing.ts";

/** The case's id is made when the form opens: sent twice, one form opens one case. */
const metaSchema = z.object({ id: z.string().max(100), channel: z.string().nullable() });

/** 新規: an empty form for an application by telephone or on paper. */
export async function openNew(bot: Bot, act: Act): Promise<Reply> {
  const meta = JSON.stringify({ id: bot.desk.newId(), channel: act.channel });
  return { kind: "open", modal: newCaseModal(emptyApplication(), meta, bot.words, bot.say) };
}

/** The modal of `openNew`, submitted. */
export const submitNew: SubmissionHandler = async (bot, by, { meta, values }) => {
  const { id, channel } = metaSchema.parse(JSON.parse(meta));
  const form = enteredForm(values, emptyApplication(), bot.say);
  const typed = values.get("address")?.trim() ?? "";
  const address = typed === "" ? null : typedAddress(typed);
  const errors: Record<string, string> = form.ok ? {} : { ...form.errors };
  if (typed !== "" && address === null) errors.address = bot.say("form.error.mail");
  if (form.ok)
    // A blank is no name, which Slack does not look for.
    for (const name of REQUIRED.filter((one) => form.application[one] === null))
      errors[name] = bot.say("form.error.blank");
  if (!form.ok || Object.keys(errors).length > 0) return { kind: "errors", errors };
  const origin = values.get("origin") === "paper" ? "paper" : "phone";
  const entered = await enterCase(bot.desk, by, { id, origin, address, application: form.application });
  if (!entered.ok)
    return refusedModal(bot, { by, channel }, "new", entered.refusal, {
      ...{ places: { registry_address_own: "address" }, guarantees: [], values },
    });
  const { found, told } = entered.value;
  const note = told ? bot.say("new.told", { to: found.senderAddress }) : bot.say("new.notTold");
  return { kind: "done", screens: standing(bot, "new", found, [note]) };
};
