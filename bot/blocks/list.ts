import type { Case } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import type { Deed } from "../../core/policy.ts";
import type { Instant } from "../../core/terms.ts";
import { packButton } from "../modal-meta.ts";
import type { Say } from "../words.ts";
import { actionId, nextSteps, productLine } from "./card.ts";
import {
  type Block,
  button,
  heading,
  pieces,
  plain,
  type Screen,
  SECTION_MAX,
  screens,
  sections,
} from "./kit.ts";

const DAY_MS = 86_400_000;

/** Cases one below the other, each with its states, who is next and its age, and a button for `deed`. */
export function caseList(
  cases: readonly Case[],
  frame: { title: string; empty: string; note: string | null; deed: Deed; now: Instant },
  say: Say,
): Screen[] {
  if (cases.length === 0)
    return screens(frame.empty, sections([frame.empty, frame.note ?? ""].join("\n").trim()));
  const blocks: Block[] = [
    ...heading(frame.title),
    ...cases.flatMap((one) => caseRow(one, frame.deed, frame.now, say)),
  ];
  if (frame.note !== null) blocks.push(...sections(frame.note));
  return screens(frame.title, blocks);
}

function caseRow(one: Case, deed: Deed, now: Instant, say: Say): Block[] {
  const card = caseCard(one);
  const days = Math.max(0, Math.floor((Date.parse(now) - Date.parse(one.openedAt)) / DAY_MS));
  const text = [
    say("list.row", { receiptNumber: card.receiptNumber, title: card.worksTitle ?? say("unknown") }),
    say("list.parties", {
      orderer: card.ordererName ?? say("unknown"),
      contractor: card.contractorName ?? say("unknown"),
    }),
    ...card.products.map((product) => productLine(product, say)),
    say("list.next", {
      next: nextSteps(card.products, say),
      age: days === 0 ? say("age.today") : say("age.days", { days: String(days) }),
    }),
  ].join("\n");
  const [first = "", ...more] = pieces(text, SECTION_MAX);
  const accessory = button({
    action: actionId(deed),
    label: say(`button.${deed}`),
    value: packButton(one.id, one.version),
  });
  const row: Block = { type: "section", block_id: `row:${one.id}`, text: plain(first), accessory };
  return [row, ...more.flatMap(sections)];
}
