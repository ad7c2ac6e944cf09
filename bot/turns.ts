import { type Modal, message, type Screen } from "./blocks/kit.ts";
import { noticeModal } from "./blocks/modals.ts";
import type { Bot } from "./bot.ts";
import type { Reply } from "./reply.ts";
import type { InteractionCalls } from "./slack.ts";
import type { Turn } from "./turn.ts";

/** A response_url may be used five times (Slack, handling interaction); one is kept for bad news. */
const FOLLOW_UPS_MAX = 4;

/** A slash command, or a click on a message. */
export interface Prompted {
  user: string;
  what: string;
  trigger: string;
  channel: string | null;
  /** Acknowledges; with a screen only where Slack shows one (slash commands). */
  ack(screen?: Screen): Promise<void>;
  /** Shows a message to this person only, through the response_url. */
  respond(screen: Screen): Promise<void>;
  /** True when `ack` can carry a message. */
  ackSpeaks: boolean;
}

export function promptedTurn(bot: Bot, calls: InteractionCalls, prompted: Prompted): Turn {
  const { ack, respond, ackSpeaks } = prompted;
  const tell = async (screens: readonly Screen[], late: boolean): Promise<void> => {
    const [first, ...more] = screens;
    const spoken = !late && ackSpeaks ? first : undefined;
    if (!late) await ack(spoken);
    const rest = spoken === undefined && first !== undefined ? [first, ...more] : more;
    for (const screen of rest.slice(0, FOLLOW_UPS_MAX)) await respond(screen);
    for (const screen of rest.slice(FOLLOW_UPS_MAX))
      await calls.whisper(prompted.channel, prompted.user, screen);
  };
  return {
    user: prompted.user,
    what: prompted.what,
    late: async () => {
      const [screen] = message(bot.say("late"));
      await ack(ackSpeaks ? screen : undefined);
      if (!ackSpeaks && screen !== undefined) await respond(screen);
    },
    settle: async (reply, late) => {
      if (reply.kind === "errors") return tell(message(Object.values(reply.errors).join("\n")), late);
      if (reply.kind !== "open") return tell(reply.screens, late);
      if (!late) await ack();
      try {
        await calls.openView(prompted.trigger, reply.modal);
      } catch (error) {
        bot.log.warn({ what: prompted.what, reason: String(error) }, "a modal could not be opened");
        await tell(message(bot.say("modal.notOpened")), true);
      }
    },
  };
}

/** A modal's submission. */
export interface Submitted {
  user: string;
  what: string;
  viewId: string;
  channel: string | null;
  ack(response?: { errors: Record<string, string> } | { update: Modal }): Promise<void>;
}

export function submittedTurn(bot: Bot, calls: InteractionCalls, submitted: Submitted): Turn {
  const { ack, viewId, user, channel } = submitted;
  const swap = (text: string) => calls.updateView(viewId, noticeModal(text, bot.say));
  return {
    user,
    what: submitted.what,
    late: () => ack({ update: noticeModal(bot.say("lateModal"), bot.say) }),
    settle: async (reply, late) => {
      if (late) return swap(wordsOf(reply));
      if (reply.kind === "errors") return ack({ errors: reply.errors });
      if (reply.kind === "tell") return ack({ update: noticeModal(wordsOf(reply), bot.say) });
      await ack();
      if (reply.kind === "done")
        for (const screen of reply.screens) await calls.whisper(channel, user, screen);
    },
  };
}

/** A reply as one text, for a modal that took too long. */
function wordsOf(reply: Reply): string {
  if (reply.kind === "errors") return Object.values(reply.errors).join("\n");
  if (reply.kind === "open") return "";
  const blocks = reply.screens.flatMap((screen) => screen.blocks);
  const texts = blocks.map(({ text }) =>
    typeof text === "object" && text !== null && !Array.isArray(text) ? text.text : "",
  );
  return texts.filter((text) => typeof text === "string" && text !== "").join("\n");
}
