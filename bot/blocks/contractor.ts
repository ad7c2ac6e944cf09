import type { ContractorPast, ContractorView } from "../../core/desk/registry/contractor.ts";
import { mayDo, type StaffMember } from "../../core/policy.ts";
import type { Contractor, Registered } from "../../core/registry.ts";
import type { RegistryChange } from "../../core/rows/registry.ts";
import type { Say } from "../words.ts";
import { line, timeText } from "./facts.ts";
import {
  type Block,
  type ButtonSpec,
  button,
  buttons,
  divider,
  grouped,
  heading,
  plain,
  type Screen,
  sections,
} from "./kit.ts";
import {
  addressSections,
  changeBlocks,
  contractorFacts,
  proposalBlocks,
  subjectOfChange,
} from "./registry.ts";

/** `contractor.show` and so on: the action ids of the buttons at a contractor. */
export const CONTRACTOR = {
  show: "contractor.show",
  edit: "contractor.edit",
  history: "contractor.history",
  new: "contractor.new",
} as const;

/** Most addresses on one screen; an imported entry may have more. */
const ADDRESSES_SHOWN_MAX = 50;

/** One contractor, to one person: what is registered, what waits for confirmation. */
export function contractorScreens(
  { contractor, since, cases, open }: ContractorView,
  by: StaffMember,
  approvals: 1 | 2,
  say: Say,
): Screen[] {
  const { id, name, addresses } = contractor;
  const facts = [
    line(say, "registry.field.name", name),
    ...contractorFacts(contractor, say).map(([label, value]) => line(say, label, value)),
    line(say, "registry.field.cases", say("registry.cases", { count: String(cases) })),
    line(say, "registry.field.addresses", addresses.length === 0 ? say("registry.noAddress") : ""),
  ].join("\n");
  const lines = addresses.slice(0, ADDRESSES_SHOWN_MAX).map((address) =>
    say("registry.since", {
      address,
      at: timeText(since.get(address.toLowerCase()) ?? "1970-01-01T00:00:00.000Z"),
    }),
  );
  const more = addresses.length - lines.length;
  if (more > 0) lines.push(say("registry.moreAddresses", { count: String(more) }));
  const title = say("registry.contractorTitle", { name });
  return grouped(title, [
    heading(title),
    [...sections(facts), ...(lines.length === 0 ? [] : addressSections(lines.join("\n")))],
    open === null ? [] : proposalBlocks(open, by, approvals, say),
    buttons(`contractor:${id}`, [
      ...(mayDo(by, "register") ? [{ action: CONTRACTOR.edit, label: say("registry.edit"), value: id }] : []),
      { action: CONTRACTOR.history, label: say("registry.history"), value: id },
    ]),
  ]);
}

/** Several that could be meant, each with its button. */
export function contractorList(
  found: readonly Registered<Contractor>[],
  frame: { title: string; note: string | null; by: StaffMember },
  say: Say,
): Screen[] {
  const rows = found.map((one): Block[] => [
    {
      type: "section",
      block_id: `row:${one.id}`,
      text: plain(say("registry.row", { name: one.name, address: one.address })),
      accessory: button({ action: CONTRACTOR.show, label: say("registry.show"), value: one.id }),
    },
  ]);
  return grouped(frame.title, [
    heading(frame.title),
    ...rows,
    ...(frame.note === null ? [] : [sections(frame.note)]),
    ...(mayDo(frame.by, "register") ? [buttons("contractor:new", [newButton(say)])] : []),
  ]);
}

/** Nobody of that name or address: whoever may, registers it. */
export function contractorMissing(text: string, by: StaffMember, say: Say): Screen[] {
  const offer = mayDo(by, "register") ? buttons("contractor:new", [newButton(say)]) : [];
  return grouped(text, [[...sections(text), ...offer]]);
}

function newButton(say: Say): ButtonSpec {
  return { action: CONTRACTOR.new, label: say("registry.new"), value: "new" };
}

/** What changed when and by whom, newest first. */
export function pastScreens(
  { contractor, past, more }: { contractor: Contractor; past: readonly ContractorPast[]; more: boolean },
  say: Say,
): Screen[] {
  const title = say("registry.historyTitle", { name: contractor.name });
  const rows = past.map(({ at, before, after, change }) => [
    divider,
    ...sections(say("registry.pastAt", { at: timeText(at), who: whoChanged(change, say) })),
    ...changeBlocks(before, after, say),
  ]);
  return grouped(title, [
    heading(title),
    ...(rows.length === 0 ? [sections(say("registry.noHistory"))] : rows),
    ...(more ? [sections(say("registry.moreHistory", { count: String(past.length) }))] : []),
  ]);
}

function whoChanged(change: RegistryChange | null, say: Say): string {
  if (change === null) return say("registry.byImport");
  const { maker, checker } = change;
  return say("registry.byPeople", {
    subject: subjectOfChange(change, say),
    maker: maker.name,
    checker: checker?.name ?? "",
  });
}
