import type { AddressElsewhere } from "../../core/desk/registry/elsewhere.ts";
import type { Contractor } from "../../core/registry.ts";
import type { RegistryChange } from "../../core/rows/registry.ts";
import type { Say } from "../words.ts";
import { line, timeText } from "./facts.ts";
import { type Block, divider, input, type Json, type Modal, plain, sections } from "./kit.ts";
import { addressSections, contentBlocks, subjectOfChange } from "./registry.ts";

/** The modals of the registries: entering a contractor, confirming what somebody proposed, refusing it. */

/** Longest texts of each field, as core bounds them; a field of several lines is as long as Slack lets it be. */
const MAX = { name: 200, address: 300, representative: 100, branch: 100, addresses: 3000, reason: 500 };

/** 登録, 変更: everything that is entered about a contractor. `standing` is null for a new one. */
export function contractorModal(standing: Contractor | null, meta: string, say: Say): Modal {
  const text = (name: "address" | "representative" | "branch") =>
    field(name, { max_length: MAX[name], ...initial(standing?.[name] ?? "") }, say);
  const lump = { text: plain(say("registry.lump.check")), value: "lump" };
  const chosen = standing?.lumpFee === true ? { initial_options: [lump] } : {};
  const blocks = [
    ...sections(
      standing === null ? say("registry.modal.newNote") : line(say, "registry.field.name", standing.name),
    ),
    ...sections(say("registry.modal.note")),
    ...(standing === null ? [field("name", { max_length: MAX.name }, say)] : []),
    text("address"),
    text("representative"),
    optional(text("branch")),
    optional(
      input("lumpFee", say("registry.field.lumpFee"), { type: "checkboxes", options: [lump], ...chosen }),
    ),
    optional(
      field(
        "addresses",
        {
          multiline: true,
          max_length: MAX.addresses,
          ...initial(standing?.addresses.join("\n") ?? ""),
        },
        say,
        say("registry.modal.addressesHint"),
      ),
    ),
  ];
  const title = say(standing === null ? "registry.modal.newTitle" : "registry.modal.editTitle");
  return modal("contractor", { title, submit: say("registry.modal.propose") }, meta, blocks, say);
}

/** 確認する: before and after, whole; only what is read here can be confirmed. */
export function confirmChangeModal(
  change: RegistryChange,
  elsewhere: readonly AddressElsewhere[],
  meta: string,
  say: Say,
): Modal {
  const confirmed = { text: plain(say("registry.modal.confirmed")), value: "confirmed" };
  const blocks = [
    ...head(change, say),
    ...contentBlocks(change.content, say),
    ...addressSections(
      elsewhere
        .map(({ address, names }) =>
          say("registry.elsewhere", { address, names: names.join(say("list.comma")) }),
        )
        .join("\n"),
    ),
    divider,
    input("confirmed", say("registry.modal.confirmLabel"), { type: "checkboxes", options: [confirmed] }),
  ];
  const words = { title: say("registry.modal.confirmTitle"), submit: say("registry.modal.confirmSubmit") };
  return modal("registry_confirm", words, meta, blocks, say);
}

/** 却下: why, for the maker to read. */
export function refuseChangeModal(change: RegistryChange, meta: string, say: Say): Modal {
  const reason = input(
    "reason",
    say("registry.modal.reason"),
    { type: "plain_text_input", multiline: true, max_length: MAX.reason },
    say("registry.modal.reasonHint"),
  );
  const words = { title: say("registry.modal.refuseTitle"), submit: say("registry.modal.refuseSubmit") };
  return modal("registry_refuse", words, meta, [...head(change, say), reason], say);
}

function head(change: RegistryChange, say: Say): Block[] {
  const by = say("registry.waits", { maker: change.maker.name, at: timeText(change.proposedAt) });
  return sections([subjectOfChange(change, say), by].join("\n"));
}

function modal(
  callbackId: string,
  { title, submit }: { title: string; submit: string },
  meta: string,
  blocks: Block[],
  say: Say,
): Modal {
  return {
    type: "modal",
    callback_id: callbackId,
    title: plain(title),
    submit: plain(submit),
    close: plain(say("modal.close")),
    private_metadata: meta,
    blocks,
  };
}

function field(name: keyof typeof MAX, element: { [key: string]: Json }, say: Say, hint?: string): Block {
  return input(name, say(`registry.field.${name}`), { type: "plain_text_input", ...element }, hint);
}

function optional(block: Block): Block {
  return { ...block, optional: true };
}

function initial(text: string): { [key: string]: Json } {
  return text === "" ? {} : { initial_value: text };
}
