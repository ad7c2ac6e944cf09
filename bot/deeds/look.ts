import type { Case } from "../../core/case.ts";
import { formatJapaneseDay } from "../../core/dates.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { staffLookup } from "../../core/desk/look-up.ts";
import { viewCase } from "../../core/desk/view-case.ts";
import { isIssued, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { DEEDS, mayDo } from "../../core/policy.ts";
import { detailsScreens } from "../blocks/details.ts";
import { certificateLines, line, timeText } from "../blocks/facts.ts";
import { heading, message, screens, sections } from "../blocks/kit.ts";
import type { Act, Bot } from "../bot.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** 詳細: everything about a case, for this person's eyes. */
export async function showCase(bot: Bot, { by }: Act, found: Case): Promise<Reply> {
  const view = await viewCase(bot.desk, by, found.id);
  return { kind: "tell", screens: detailsScreens(found, { ...view, by }, bot.words, bot.say) };
}

/** 照会: what an orderer would learn about a guarantee, and which orderers have asked; never a key. */
export async function lookUp(bot: Bot, act: Act, number: string): Promise<Reply> {
  const { say } = bot;
  const result = await staffLookup(bot.desk, act.by, number);
  if (!result.ok) return refused(bot, act, "verify", result.refusal);
  const { found, guarantee, status, seen } = result.value;
  const { content, serial } = latestCertificate(guarantee);
  const title = say("verify.heading", { number: guarantee.number });
  const text = [
    line(say, "field.status", say(`status.${status}`)),
    line(say, "field.product", say(`product.${guarantee.kind}`)),
    line(say, "field.receiptNumber", found.receiptNumber),
    line(
      say,
      "field.serial",
      serial === 0 ? say("serial.first") : say("serial.amended", { serial: String(serial) }),
    ),
    certificateLines(content, say),
    say("details.part", { title: say("details.seen") }),
    ...(seen.length === 0 ? [say("none")] : []),
    ...seen.map(({ at, ordererName, guaranteeNumber }) =>
      say("details.seenBy", { at: timeText(at), orderer: ordererName, number: guaranteeNumber }),
    ),
    say("verify.asOf", { at: timeText(bot.desk.now()), day: formatJapaneseDay(content.guaranteeUntil) }),
  ].join("\n");
  return { kind: "tell", screens: screens(title, [...heading(title), ...sections(text)]) };
}

/** The same of every issued product of a case, from its menu. */
export async function verifyCase(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const issued = targeted(found, target).filter(isIssued);
  if (issued.length === 0)
    return refused(bot, act, "verify", {
      code: "guarantee_not_found",
      detail: { reference: found.receiptNumber },
    });
  const replies: Reply[] = [];
  for (const { number } of issued) replies.push(await lookUp(bot, act, number));
  return {
    kind: "tell",
    screens: replies.flatMap((reply) => (reply.kind === "tell" ? reply.screens : [])),
  };
}

/** ヘルプ: the commands this person may use, from the table of deeds itself. */
export function help(bot: Bot, act: Act): Reply {
  const { say } = bot;
  const lines = DEEDS.filter((deed) => mayDo(act.by, deed)).map((deed) => {
    const usage = say(`command.${deed}.usage`);
    return say("help.line", {
      word: say(`command.${deed}.word`),
      en: deed,
      usage: usage === "" ? "" : ` ${usage}`,
      what: say(`command.${deed}.what`),
    });
  });
  return { kind: "tell", screens: message([say("help.title"), ...lines, say("help.foot")].join("\n")) };
}
