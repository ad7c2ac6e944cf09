import type { CaseCard } from "../../core/announcements.ts";
import type { Case } from "../../core/case.ts";
import { dayInTokyo } from "../../core/dates.ts";
import { caseCard } from "../../core/desk/card.ts";
import { HOME_LIST_MAX, HOME_REGISTRY_MAX, type HomeFacts } from "../../core/desk/home.ts";
import { latestCertificate } from "../../core/guarantee/guarantee.ts";
import { mayDo } from "../../core/policy.ts";
import type { Instant } from "../../core/terms.ts";
import { packButton } from "../modal-meta.ts";
import type { Say } from "../words.ts";
import { dayText, timeText } from "./facts.ts";
import { type Block, type ButtonSpec, button, buttons, context, heading, sections } from "./kit.ts";
import { caseRow, caseText, rowButtons, type Viewer } from "./list.ts";
import { actionId, caseMenu, postedSurely, TASK_DONE, taskWords } from "./menu.ts";
import { changeButtons, subjectOfChange } from "./registry.ts";

/** The home tab: the queue of one person. Every list is bounded and says when there is more. */

/** `home.list` and so on: the buttons that do what the bare command does, or ask for its words first. */
export const HOME_DEEDS = [
  ...(["new", "list", "find", "quote", "orderer", "contractor"] as const),
  ...(["recover", "stats", "help"] as const),
];
/** A name or a title as long as a letter can make it must not drown the others. */
const NAME_MAX = 60;

export function homeBlocks(facts: HomeFacts, viewer: Viewer & { now: Instant }, say: Say): Block[] {
  const { now } = viewer;
  return [
    ...heading(say("home.title")),
    ...context(say("home.asOf", { at: timeText(now) })),
    ...buttons("home", wayButtons(viewer, say)),
    ...context(say("home.hint")),
    ...sections(monthText(facts, say)),
    ...letterBlocks(facts, viewer, say),
    ...caseBlocks("mine", facts.mine, viewer, say),
    ...caseBlocks("approvals", facts.approvals, viewer, say),
    ...postBlocks(facts, viewer, say),
    ...registryBlocks(facts, viewer, say),
    ...expiringBlocks(facts, now, say),
    ...context(say("home.foot")),
  ];
}

function wayButtons({ by }: Viewer, say: Say): ButtonSpec[] {
  return HOME_DEEDS.filter((deed) => mayDo(by, deed)).map((deed) => ({
    action: `home.${deed}`,
    label: say(`command.${deed}.word`),
    value: deed,
  }));
}

function monthText({ counts, month }: HomeFacts, say: Say): string {
  const { received, issued, declined } = counts;
  return say("home.month", {
    month: String(Number(month.slice(5, 7))),
    ...{ received: String(received), issued: String(issued), declined: String(declined) },
  });
}

/** Letters that wait for a person, for whoever may deal with them. */
function letterBlocks({ counts }: HomeFacts, { by }: Viewer, say: Say): Block[] {
  if (!mayDo(by, "recover")) return [];
  const { parkedIn, parkedOut, unsure } = counts;
  const text = say("home.letters", {
    ...{ received: String(parkedIn), sent: String(parkedOut), unsure: String(unsure) },
  });
  const way = { action: "home.recover", label: say("command.recover.word"), value: "recover" };
  return parkedIn + parkedOut === 0
    ? sections(text)
    : caseRow("home:letters", text, button({ ...way, style: "primary" }));
}

/** Cases with the buttons of what this person may do next, and everything else in the menu. */
function caseBlocks(
  list: "mine" | "approvals",
  cases: readonly Case[],
  viewer: Viewer & { now: Instant },
  say: Say,
): Block[] {
  return titled(list, cases.length, say, [
    ...cases
      .slice(0, HOME_LIST_MAX)
      .map(withoutPosts)
      .flatMap((one) => [
        ...caseRow(`${list}:${one.id}`, caseText(one, viewer.now, say, short)),
        {
          type: "actions",
          block_id: `${list}:${one.id}:${one.version}`,
          elements: [...rowButtons(one, viewer, say).map(button), caseMenu(permitted(one, viewer), say)],
        },
      ]),
  ]);
}

/** What goes by post has a list of its own on the same screen. */
function withoutPosts(one: Case): Case {
  return { ...one, tasks: [] };
}

/** The menu of one person holds what this person may do; the role is looked at again on the click. */
function permitted(one: Case, { by }: Viewer): CaseCard {
  const card = caseCard(one);
  return { ...card, deeds: card.deeds.filter((deed) => mayDo(by, deed)) };
}

/** One row for each thing that goes by post. */
function postBlocks({ posts }: HomeFacts, { by }: Viewer, say: Say): Block[] {
  const tasks = posts.flatMap((one) =>
    caseCard(one).tasks.map((task) => ({ task, ...named(one), id: task.id })),
  );
  const rows = tasks.slice(0, HOME_LIST_MAX).flatMap(({ id, task, ...names }) => {
    const text = say("home.post", { ...names, ...taskWords(task, say) });
    const confirm = postedSurely({ ...task, id }, say);
    const done = { action: TASK_DONE, label: say("home.posted"), value: id, confirm };
    return caseRow(`post:${id}`, text, mayDo(by, "paid") ? button(done) : undefined);
  });
  return titled("posts", tasks.length, say, rows);
}

/** Changes of the registries that wait for a second person. */
function registryBlocks({ registry }: HomeFacts, { by, approvals }: Viewer, say: Say): Block[] {
  if (registry.length === 0) return [];
  const rows = registry.slice(0, HOME_REGISTRY_MAX).flatMap((change) => [
    ...sections(
      say("home.registryRow", {
        subject: short(subjectOfChange(change, say)),
        maker: change.maker.name,
        at: timeText(change.proposedAt),
      }),
    ),
    ...buttons(`registry:${change.id}`, changeButtons(change, by, approvals, say)),
  ]);
  return [
    ...heading(say("home.registry")),
    ...rows,
    ...(registry.length > HOME_REGISTRY_MAX ? context(say("home.moreRegistry")) : []),
  ];
}

/** What ends soon unless somebody asks for an amendment. */
function expiringBlocks({ expiring }: HomeFacts, now: Instant, say: Say): Block[] {
  const today = dayInTokyo(now);
  const rows = expiring.slice(0, HOME_LIST_MAX).flatMap((one) => {
    const products = one.guarantees.flatMap((guarantee) => {
      if (guarantee.status !== "in_force") return [];
      const { guaranteeUntil } = latestCertificate(guarantee).content;
      if (guaranteeUntil < today) return [];
      const { kind, number } = guarantee;
      const day = dayText(guaranteeUntil, say);
      return [say("home.expires", { product: say(`product.${kind}`), number, day })];
    });
    const show = {
      action: actionId("show"),
      label: say("button.show"),
      value: packButton(one.id, one.version),
    };
    const text = [say("list.row", named(one)), ...products].join("\n");
    return caseRow(`expiring:${one.id}`, text, button(show));
  });
  return titled("expiring", expiring.length, say, rows);
}

/** A list under its heading; `found` may be one more than is shown. */
function titled(
  list: "mine" | "approvals" | "posts" | "expiring",
  found: number,
  say: Say,
  rows: readonly Block[],
): Block[] {
  return [
    ...heading(say(`home.${list}`)),
    ...(rows.length === 0 ? sections(say("home.none")) : rows),
    ...(found > HOME_LIST_MAX ? context(say(`home.more.${list}`, { count: String(HOME_LIST_MAX) })) : []),
  ];
}

function named(one: Case): { receiptNumber: string; title: string } {
  return { receiptNumber: one.receiptNumber, title: short(caseCard(one).worksTitle ?? "") };
}

function short(text: string): string {
  return text.length <= NAME_MAX ? text : `${text.slice(0, NAME_MAX).toWellFormed()}…`;
}
