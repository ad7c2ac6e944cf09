import { type Application, GUARANTEE_KINDS } from "../../core/terms.ts";
import type { BotWords, Say } from "../words.ts";
import { formBlocks } from "./application-form.ts";
import { divider, input, type Modal, plain, sections } from "./kit.ts";

/** RFC 5321 §4.5.3.1.3, as everywhere where an address is kept. */
const ADDRESS_MAX = 254;

/** Without them a card tells nobody whose application it is, nor of what. */
export const REQUIRED = ["contractorName", "worksTitle"] as const satisfies readonly (keyof Application)[];

/** 新規: how the application came and where letters go, then the application itself. */
export function newCaseModal(empty: Application, meta: string, words: BotWords, say: Say): Modal {
  const options = (["phone", "paper"] as const).map((value) => ({
    ...{ text: plain(say(`new.origin.${value}`)), value },
  }));
  const address = { type: "plain_text_input", max_length: ADDRESS_MAX };
  return {
    type: "modal",
    callback_id: "new",
    title: plain(say("new.title")),
    submit: plain(say("new.submit")),
    close: plain(say("modal.close")),
    private_metadata: meta,
    blocks: [
      ...sections(say("new.means")),
      input("origin", say("new.origin.label"), { type: "static_select", options }),
      { ...input("address", say("new.address.label"), address, say("new.address.hint")), optional: true },
      divider,
      ...formBlocks(empty, GUARANTEE_KINDS, words, say, { required: new Set(REQUIRED) }),
    ],
  };
}
