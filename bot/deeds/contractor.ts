import { z } from "zod";
import { openRegistryChanges } from "../../core/desk/registry/changes.ts";
import {
  ADDRESSES_MAX,
  type ContractorInput,
  contractorPast,
  findContractors,
  proposeContractor,
  viewContractor,
} from "../../core/desk/registry/contractor.ts";
import { mayDo } from "../../core/policy.ts";
import {
  CONTRACTOR,
  contractorList,
  contractorMissing,
  contractorScreens,
  pastScreens,
} from "../blocks/contractor.ts";
import { grouped, message, type Screen, sections } from "../blocks/kit.ts";
import { proposalBlocks, subjectOfChange } from "../blocks/registry.ts";
import { contractorModal } from "../blocks/registry-modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { Typed } from "../grammar.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import type { Submission } from "../submissions.ts";
import { proposedScreens, searchWords } from "./registry.ts";

/** Most entries of a pick list, and proposals shown above it. */
const PICK_MAX = 10;

/** 受注者: one contractor, a list to pick from, or the offer to register one. */
export async function lookUpContractor(bot: Bot, act: Act, typed: Typed): Promise<Reply> {
  const { desk, say } = bot;
  const words = searchWords(typed);
  if (words === null) return { kind: "tell", screens: message(say("registry.noFlags")) };
  const found = await findContractors(desk, act.by, words, PICK_MAX + 1);
  if (!found.ok) return refused(bot, act, "contractor", found.refusal);
  const [first, second] = found.value;
  if (words !== "" && first !== undefined && second === undefined) return show(bot, act, first.id);
  if (first === undefined) {
    const text = words === "" ? say("registry.empty") : say("registry.notFound", { words });
    return { kind: "tell", screens: contractorMissing(text, act.by, say) };
  }
  const waiting = words === "" ? await waitingScreens(bot, act) : [];
  const shown = found.value.slice(0, PICK_MAX);
  const cut = found.value.length > PICK_MAX;
  const title = say(words === "" ? "registry.pickRecent" : "registry.pick", {
    count: String(shown.length),
    words,
  });
  const note = cut ? say("registry.pickMore", { count: String(PICK_MAX) }) : null;
  const list = contractorList(shown, { title, note, by: act.by }, say);
  return { kind: "tell", screens: [...waiting, ...list] };
}

/** Proposals of both registries that wait for a second person, above the list of a bare command. */
async function waitingScreens(bot: Bot, act: Act): Promise<Screen[]> {
  const { desk, say } = bot;
  const waiting = await openRegistryChanges(desk, PICK_MAX + 1);
  if (waiting.length === 0) return [];
  const title = say("registry.waiting", { count: String(Math.min(waiting.length, PICK_MAX)) });
  const rows = waiting
    .slice(0, PICK_MAX)
    .map((change) => [
      ...sections(subjectOfChange(change, say)),
      ...proposalBlocks(change, act.by, desk.policy.approvals, say),
    ]);
  const more = waiting.length > PICK_MAX ? [sections(say("registry.waitingMore"))] : [];
  return grouped(title, [sections(title), ...rows, ...more]);
}

/** A click on a contractor's buttons; whatever it shows is looked up anew. */
export async function runContractor(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  if (action === CONTRACTOR.new) return openNew(bot, act);
  if (action === CONTRACTOR.edit) return openEdit(bot, act, value);
  if (action === CONTRACTOR.history) return past(bot, act, value);
  return show(bot, act, value);
}

async function show(bot: Bot, act: Act, id: string): Promise<Reply> {
  const found = await viewContractor(bot.desk, act.by, id);
  if (!found.ok) return refused(bot, act, "contractor", found.refusal);
  const screens = contractorScreens(found.value, act.by, bot.desk.policy.approvals, bot.say);
  return { kind: "tell", screens };
}

async function past(bot: Bot, act: Act, id: string): Promise<Reply> {
  const found = await contractorPast(bot.desk, act.by, id);
  if (!found.ok) return refused(bot, act, "contractor", found.refusal);
  return { kind: "tell", screens: pastScreens(found.value, bot.say) };
}

function openNew(bot: Bot, act: Act): Reply {
  if (!mayDo(act.by, "register")) return mayNot(bot, act);
  const meta = JSON.stringify({ channel: act.channel, entry: null });
  return { kind: "open", modal: contractorModal(null, meta, bot.say) };
}

async function openEdit(bot: Bot, act: Act, id: string): Promise<Reply> {
  if (!mayDo(act.by, "register")) return mayNot(bot, act);
  const found = await viewContractor(bot.desk, act.by, id);
  if (!found.ok) return refused(bot, act, "contractor", found.refusal);
  const { contractor, hash } = found.value;
  // An imported entry may have more addresses than a modal can hold; none of them may get lost on the way.
  if (contractor.addresses.length > ADDRESSES_MAX) {
    const detail = { max: String(ADDRESSES_MAX) };
    return refused(bot, act, "register", { code: "registry_too_many_addresses", detail });
  }
  const meta = JSON.stringify({ channel: act.channel, entry: { id, hash } });
  return { kind: "open", modal: contractorModal(contractor, meta, bot.say) };
}

function mayNot(bot: Bot, act: Act): Reply {
  return refused(bot, act, "register", { code: "role_missing", detail: { deed: "register" } });
}

const contractorMeta = z.object({
  channel: z.string().nullable(),
  entry: z.object({ id: z.string(), hash: z.string() }).nullable(),
});

/** The modal of 登録 or 変更, submitted: a proposal, which another person confirms. */
export async function submitContractor(
  bot: Bot,
  by: Act["by"],
  { meta, values }: Submission,
): Promise<Reply> {
  const { channel, entry } = contractorMeta.parse(JSON.parse(meta));
  const text = (name: string) => values.get(name) ?? "";
  const input: ContractorInput = {
    ...{ name: text("name"), address: text("address"), representative: text("representative") },
    ...{ branch: text("branch"), lumpFee: text("lumpFee") === "lump", addresses: text("addresses") },
  };
  const done = await proposeContractor(bot.desk, by, entry, input);
  if (done.ok) return { kind: "done", screens: proposedScreens(bot, by, done.value) };
  const { code, detail } = done.refusal;
  if (detail.field === undefined) return refused(bot, { by, channel }, "register", done.refusal);
  return { kind: "errors", errors: { [detail.field]: bot.words.sentence("refusals", code, detail) } };
}
