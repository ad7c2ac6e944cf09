import type { RegistryEvent } from "../../core/announcements.ts";
import { whatOf } from "../../core/desk/registry/changes.ts";
import { mayDo, type StaffMember } from "../../core/policy.ts";
import type { Contractor, OrdererMailbox } from "../../core/registry.ts";
import type { ChangeContent, RegistryChange } from "../../core/rows/registry.ts";
import { packButton } from "../modal-meta.ts";
import type { Say } from "../words.ts";
import { dayText, line, timeText } from "./facts.ts";
import { type Block, type ButtonSpec, buttons, pieces, SECTION_MAX, sections } from "./kit.ts";

/** What both registries show: proposals, before and after, and the buttons that a second person needs. */

/** `registry.confirm` and so on: the action ids of the buttons at a proposal. */
export const REGISTRY = {
  confirm: "registry.confirm",
  refuse: "registry.refuse",
  withdraw: "registry.withdraw",
} as const;

/** Most addresses of one kind on one screen. */
const ADDRESSES_SHOWN_MAX = 50;
/** An address in a text that a person wrote, Japanese around it; it stays out of the channel. */
const ADDRESS = /[\u0021-\u007E\uFF01-\uFF5E]*[@\uFF20][\u0021-\u007E\uFF01-\uFF5E]*/g;

/**
 * Registered mail addresses, letter for letter. The only texts that are not masked: twelve letters before an @ would
 * become dots, and nobody could confirm what cannot be read. Each has passed as a mail address; letters never come here.
 */
export function addressSections(text: string): Block[] {
  return pieces(text, SECTION_MAX).map((part) => ({
    type: "section",
    text: { type: "plain_text", text: part, emoji: false },
  }));
}

/** Addresses one below the other, at most so many, and how many more there are. */
export function addressLines(addresses: readonly string[], say: Say): string[] {
  const more = addresses.length - ADDRESSES_SHOWN_MAX;
  return [
    ...addresses.slice(0, ADDRESSES_SHOWN_MAX).map((text) => say("bullet", { text })),
    ...(more > 0 ? [say("registry.moreAddresses", { count: String(more) })] : []),
  ];
}

/** What a proposal is about, as half a sentence. */
export function subjectText(
  { what, name, addresses }: { what: ReturnType<typeof whatOf>; name: string; addresses: boolean },
  say: Say,
): string {
  const key = what === "changed" && addresses ? "registry.subject.addresses" : `registry.subject.${what}`;
  return say(key, { name });
}

/** What it would change, for the eyes of whoever confirms it. */
export function contentBlocks(content: ChangeContent, say: Say): Block[] {
  if (content.kind === "mailbox")
    return [
      ...sections(
        [
          line(say, "registry.field.orderer", content.ordererName),
          line(say, "registry.field.prefecture", content.prefecture),
          ...mailboxLines(content.mailbox, say),
        ].join("\n"),
      ),
      ...addressSections(line(say, "registry.field.mailbox", mailboxName(content.mailbox))),
    ];
  return [
    ...sections(line(say, "registry.field.name", content.after.name)),
    ...changeBlocks(content.before, content.after, say),
  ];
}

/** Before and after of a contractor; of a new one what it will be. */
export function changeBlocks(before: Contractor | null, after: Contractor, say: Say): Block[] {
  const was = before === null ? null : contractorFacts(before, say);
  const lines = contractorFacts(after, say).flatMap(([label, value], i) => {
    const old = was?.[i]?.[1];
    if (was === null) return [line(say, label, value)];
    return old === value
      ? []
      : [say("registry.change", { field: say(label), before: old ?? "", after: value })];
  });
  return [
    ...(lines.length === 0 ? [] : sections(lines.join("\n"))),
    ...addressSections(addressChange(before, after, say).join("\n")),
  ];
}

function addressChange(before: Contractor | null, after: Contractor, say: Say): string[] {
  const had = (before?.addresses ?? []).map((one) => one.toLowerCase());
  const has = after.addresses.map((one) => one.toLowerCase());
  const part = (key: string, list: readonly string[]) =>
    list.length === 0 ? [] : [say(key), ...addressLines(list, say)];
  const parts = [
    ...part(
      "registry.added",
      after.addresses.filter((one) => !had.includes(one.toLowerCase())),
    ),
    ...part(
      "registry.removed",
      (before?.addresses ?? []).filter((one) => !has.includes(one.toLowerCase())),
    ),
    ...part(
      "registry.kept",
      after.addresses.filter((one) => had.includes(one.toLowerCase())),
    ),
  ];
  return parts.length === 0 ? [say("registry.noAddress")] : parts;
}

/** What stands of a contractor beside its name and its addresses, by the key of its label. */
export function contractorFacts(
  { address, representative, lumpFee, branch }: Contractor,
  say: Say,
): [string, string][] {
  return [
    ["registry.field.address", address],
    ["registry.field.representative", representative],
    ["registry.field.lumpFee", say(lumpFee ? "registry.lump.yes" : "registry.lump.no")],
    ["registry.field.branch", branch ?? say("registry.noBranch")],
  ];
}

/** Where a mailbox is; a domain stands for everybody in it. */
export function mailboxName({ address, domain }: OrdererMailbox): string {
  return address ?? `@${domain ?? ""}`;
}

/** What else is known of a mailbox. */
export function mailboxLines(mailbox: OrdererMailbox, say: Say): string[] {
  const { office, products, from, until, domain } = mailbox;
  const named = products.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
  return [
    ...(office === null ? [] : [line(say, "registry.field.office", office)]),
    line(say, "registry.field.products", named === "" ? say("registry.everyProduct") : named),
    line(say, "registry.field.valid", validText({ from, until }, say)),
    ...(domain === null ? [] : [say("registry.domainNote")]),
  ];
}

/** From when until when; a start may be known only by its month. `without` words one that is not given. */
export function validText(
  { from, until }: { from: string | null; until: string | null },
  say: Say,
  without: "registry.noStart" | "registry.startUnknown" = "registry.noStart",
): string {
  return say("period", {
    from: from === null ? say(without) : startText(from, say),
    until: until === null ? say("registry.noEnd") : dayText(until, say),
  });
}

function startText(from: string, say: Say): string {
  const [year = "", month = "", day] = from.split("-");
  return day === undefined
    ? say("registry.startMonth", { year, month: String(Number(month)) })
    : dayText(from, say);
}

/** A proposal that waits, with what this person may do about it. */
export function proposalBlocks(change: RegistryChange, by: StaffMember, approvals: 1 | 2, say: Say): Block[] {
  const waits = say("registry.waits", { maker: change.maker.name, at: timeText(change.proposedAt) });
  return [...sections(waits), ...buttons(`change:${change.id}`, changeButtons(change, by, approvals, say))];
}

/** Whoever made it may take it back; another one may confirm or refuse it. */
export function changeButtons(
  { id, version, maker }: RegistryChange,
  by: StaffMember,
  approvals: 1 | 2,
  say: Say,
): ButtonSpec[] {
  const own = maker.employee === by.employee;
  const decides = mayDo(by, "confirm_registry") && (!own || approvals === 1);
  return [
    ...(decides ? decisionButtons(packButton(id, version), say) : []),
    ...(own
      ? [{ action: REGISTRY.withdraw, label: say("registry.withdraw"), value: packButton(id, version) }]
      : []),
  ];
}

function decisionButtons(value: string, say: Say): ButtonSpec[] {
  return [
    { action: REGISTRY.confirm, label: say("registry.confirm"), value, style: "primary" },
    { action: REGISTRY.refuse, label: say("registry.refuse"), value },
  ];
}

/** In the desk's channel, where anybody may read: whom it is about and what to do, never an address. */
export function registryText(event: RegistryEvent, say: Say): string {
  if (event.event === "mailbox_unconfirmed")
    return say("registry.told.unconfirmed", { by: event.by, name: event.name });
  const subject = subjectText(event, say);
  if (event.event === "registry_requested")
    return say(event.alone ? "registry.told.requestedAlone" : "registry.told.requested", {
      by: event.by,
      subject,
    });
  const reason = (event.reason ?? "").replace(ADDRESS, say("registry.hidden"));
  return say(`registry.told.${event.state}`, { by: event.by, maker: event.maker, subject, reason });
}

export function registryEventButtons(event: RegistryEvent, say: Say): Block[] {
  if (event.event !== "registry_requested") return [];
  return buttons(`change:${event.changeId}`, decisionButtons(packButton(event.changeId, event.version), say));
}

/** The same of a proposal itself. */
export function subjectOfChange({ content }: RegistryChange, say: Say): string {
  const name = content.kind === "mailbox" ? content.ordererName : content.after.name;
  return subjectText({ what: whatOf(content), name, addresses: false }, say);
}
