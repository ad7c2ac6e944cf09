import { type Modal, message, type Screen } from "./blocks/kit.ts";
import { noticeModal } from "./blocks/modals.ts";
import type { Bot } from "./bot.ts";
import type { Reply } from "./reply.ts";
import type { InteractionCalls } from "./slack.ts";
import type { Turn } from "./turn.ts";

/** A response_url may be used five times (Slack, handling interaction); one is kept for bad news. */
const FOLLOW_UPS_MAX = 4;

/** A slash command, or a click on a message, on the home tab or in a modal. */
export interface Prompted {
  user: string;
  what: string;
  trigger: string;
  channel: string | null;
  /** The view that was clicked. Such a click has no channel and no response_url. */
  view: { id: string; type: string } | null;
  /** Acknowledges; with a screen only where Slack shows one (slash commands). */
  ack(screen?: Screen): Promise<void>;
  /** Shows a message to this person only, through the response_url; `null` where there is none. */
  respond: ((screen: Screen) => Promise<void>) | null;
  /** True when `ack` can carry a message. */
  ackSpeaks: boolean;
}

export function promptedTurn(bot: Bot, calls: InteractionCalls, prompted: Prompted): Turn {
  const { ack, ackSpeaks, channel, user, view, what } = prompted;
  const show = shower(bot, calls, prompted);
  const tell = async (screens: readonly Screen[], late: boolean): Promise<void> => {
    const [first, ...more] = screens;
    const spoken = !late && ackSpeaks ? first : undefined;
    if (!late) await ack(spoken);
    if (!late && view?.type === "home" && (await toldOnTop(screens))) return;
    const rest = spoken === undefined && first !== undefined ? [first, ...more] : more;
    for (const screen of rest.slice(0, FOLLOW_UPS_MAX)) await show(screen);
    for (const screen of rest.slice(FOLLOW_UPS_MAX)) await calls.whisper(channel, user, screen);
  };
  /** A sentence about a click on the home tab is said there; what has buttons goes to the direct messages. */
  const toldOnTop = async (screens: readonly Screen[]): Promise<boolean> => {
    if (
      screens.some(({ blocks }) => blocks.some((block) => block.type === "actions" || "accessory" in block))
    )
      return false;
    const text = wordsOf({ kind: "tell", screens: [...screens] });
    const opened = calls.openView(prompted.trigger, noticeModal(text, bot.say));
    return opened.then(
      () => true,
      () => false,
    );
  };
  /** From within a modal the next one takes its place. */
  const open = (modal: Modal): Promise<void> =>
    view?.type === "modal" ? calls.updateView(view.id, modal) : calls.openView(prompted.trigger, modal);
  return {
    user,
    what,
    late: async () => {
      const [screen] = message(bot.say("late"));
      await ack(ackSpeaks ? screen : undefined);
      if (!ackSpeaks && screen !== undefined) await show(screen);
    },
    settle: async (reply, late) => {
      if (reply.kind === "errors") return tell(message(Object.values(reply.errors).join("\n")), late);
      if (reply.kind !== "open") return tell(reply.screens, late);
      if (!late) await ack();
      try {
        await open(reply.modal);
      } catch (error) {
        bot.log.warn({ what, reason: String(error) }, "a modal could not be opened");
        await tell(message(bot.say("modal.notOpened")), true);
      }
    },
  };
}

/** Brings one message to the person: through the response_url, or without it where there is none or it fails. */
function shower(bot: Bot, calls: InteractionCalls, { respond, channel, user, what }: Prompted) {
  return async (screen: Screen): Promise<void> => {
    if (respond === null) return calls.whisper(channel, user, screen);
    try {
      await respond(screen);
    } catch (error) {
      bot.log.warn({ what, reason: String(error) }, "a response_url failed, said in another way");
      await calls.whisper(channel, user, screen);
    }
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
  const whisper = async (screens: readonly Screen[]): Promise<void> => {
    for (const screen of screens) await calls.whisper(channel, user, screen);
  };
  /** The person may have closed the modal that said "later", or Slack takes no change of it now. */
  const swap = async (reply: Reply): Promise<void> => {
    const modal = reply.kind === "open" ? reply.modal : noticeModal(wordsOf(reply), bot.say);
    try {
      await calls.updateView(viewId, modal);
    } catch (error) {
      bot.log.warn({ what: submitted.what, reason: String(error) }, "a modal could not be changed");
      const text = reply.kind === "open" ? bot.say("modal.notOpened") : wordsOf(reply);
      await whisper(message(text));
    }
  };
  return {
    user,
    what: submitted.what,
    late: () => ack({ update: noticeModal(bot.say("lateModal"), bot.say) }),
    settle: async (reply, late) => {
      if (late) return swap(reply);
      if (reply.kind === "errors") return ack({ errors: reply.errors });
      if (reply.kind === "open") return ack({ update: reply.modal });
      if (reply.kind === "tell") return ack({ update: noticeModal(wordsOf(reply), bot.say) });
      await ack();
      await whisper(reply.screens);
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
