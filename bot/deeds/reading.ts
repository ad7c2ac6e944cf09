import { type LetterView, viewLetter } from "../../core/desk/letter-view.ts";
import type { Deed } from "../../core/policy.ts";
import { LOOK } from "../blocks/letter.ts";
import { type Opened, originalScreens } from "../blocks/original.ts";
import { readingScreens } from "../blocks/reading.ts";
import type { Act, Bot } from "../bot.ts";
import { unpackLook } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** A click on a letter's buttons. Its value proves nothing: role and letter are looked up anew, and the look is noted. */
export async function runLook(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  const look = unpackLook(value);
  if (look === null) return refused(bot, act, "show", { code: "letter_unknown", detail: {} });
  const view: LetterView = action === LOOK.reading ? "reading" : "original";
  const seen = await viewLetter(bot.desk, act.by, { ...look, view });
  if (!seen.ok) {
    const deed: Deed = seen.refusal.detail.deed === "recover" ? "recover" : "show";
    return refused(bot, act, deed, seen.refusal);
  }
  const viewed = seen.value;
  const { words, say } = bot;
  const screens =
    view === "reading"
      ? readingScreens(viewed, look.page, words, say)
      : originalScreens(viewed, await openStored(bot, viewed.letter.sealedRaw), look.page, words, say);
  // No screen has a button to a page that is not there.
  if (screens.length === 0) return refused(bot, act, "show", { code: "letter_unknown", detail: {} });
  return { kind: "tell", screens };
}

/** A letter that was sealed under a key that is lost, or that breaks the parser, has facts and no text. */
export async function openStored(bot: Bot, sealed: Uint8Array): Promise<Opened | null> {
  if (sealed.length === 0) return null;
  try {
    return await bot.openLetter(bot.desk.sealer.unseal(sealed));
  } catch {
    bot.log.warn({}, "a stored letter could not be opened");
    return null;
  }
}
