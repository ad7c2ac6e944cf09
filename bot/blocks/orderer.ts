import type { OrdererView } from "../../core/desk/registry/orderer.ts";
import { mayDo, type StaffMember } from "../../core/policy.ts";
import type { AmountRule, Orderer, Registered, SubmissionRoute } from "../../core/registry.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import type { Say } from "../words.ts";
import { line, yenText } from "./facts.ts";
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
  addressLines,
  addressSections,
  mailboxLines,
  mailboxName,
  proposalBlocks,
  validText,
} from "./registry.ts";

/** `orderer.show` and so on: the action ids of the buttons at an orderer. */
export const ORDERER = { show: "orderer.show", ask: "orderer.ask", undo: "orderer.undo" } as const;

/** Most mailboxes, rules and ways of each kind on one screen; the file (`orderers export`) has all. */
export const PARTS_MAX = 20;

/** One orderer, to one person: what is registered, and which mailboxes are trusted. */
export function ordererScreens(
  { orderer, mailboxes, today }: OrdererView,
  by: StaffMember,
  approvals: 1 | 2,
  say: Say,
): Screen[] {
  const title = say("registry.ordererTitle", { name: orderer.name });
  const boxes = mailboxes.map(({ mailbox, hash, open }, place): Block[] => {
    const value = `${orderer.id}:${hash}`;
    const state = say(mailbox.confirmed ? "registry.mailbox.confirmed" : "registry.mailbox.unconfirmed");
    return [
      ...addressSections(say("registry.mailbox.row", { address: mailboxName(mailbox), state })),
      ...sections(mailboxLines(mailbox, say).join("\n")),
      ...(open === null
        ? // An imported file may name a mailbox twice; Slack takes no block id twice.
          buttons(`mailbox:${orderer.id}:${place}`, mailboxButtons(mailbox.confirmed, value, by, say))
        : proposalBlocks(open, by, approvals, say)),
    ];
  });
  const rules = orderer.acceptance.filter(
    ({ until, guarantorKinds }) =>
      (until === null || until >= today) && guarantorKinds.includes("surety_company"),
  );
  const still = <T extends { until: string | null }>(list: readonly T[]) =>
    list.filter(({ until }) => until === null || until >= today);
  return grouped(title, [
    heading(title),
    sections(ordererFacts(orderer, say)),
    ...part("registry.part.mailboxes", boxes, orderer.mailboxes.length - boxes.length, say),
    ...listed("registry.part.acceptance", rules, (rule) => sections(ruleText(rule, today, say)), say),
    ...listed(
      "registry.part.amounts",
      still(orderer.amounts),
      (rule) => sections(amountText(rule, say)),
      say,
    ),
    ...listed("registry.part.routes", still(orderer.routes), (route) => routeBlocks(route, say), say),
    sections(say("registry.ordererFoot")),
  ]);
}

function ordererFacts(orderer: Orderer, say: Say): string {
  return [
    line(say, "registry.field.prefecture", orderer.prefecture),
    line(say, "registry.field.certificateName", orderer.certificateName),
    line(say, "registry.field.branch", orderer.branch ?? say("registry.noBranch")),
    line(say, "registry.field.channel", orderer.slackChannel ?? say("registry.deskChannel")),
    line(say, "registry.field.dryRun", say(orderer.dryRun ? "registry.dryRun.yes" : "registry.dryRun.no")),
  ].join("\n");
}

function mailboxButtons(confirmed: boolean, value: string, by: StaffMember, say: Say): ButtonSpec[] {
  if (!confirmed)
    return mayDo(by, "register") ? [{ action: ORDERER.ask, label: say("registry.mailbox.ask"), value }] : [];
  if (!mayDo(by, "confirm_registry")) return [];
  const confirm = {
    title: say("registry.mailbox.undoTitle"),
    text: say("registry.mailbox.undoText"),
    confirm: say("registry.mailbox.undoYes"),
    deny: say("registry.mailbox.undoNo"),
  };
  return [
    { action: ORDERER.undo, label: say("registry.mailbox.undo"), value, style: "danger" as const, confirm },
  ];
}

function listed<T>(key: string, list: readonly T[], blocks: (one: T) => Block[], say: Say): Block[][] {
  return part(key, list.slice(0, PARTS_MAX).map(blocks), Math.max(0, list.length - PARTS_MAX), say);
}

function part(key: string, rows: readonly Block[][], more: number, say: Say): Block[][] {
  return [
    [divider, ...sections(say(key))],
    ...(rows.length === 0 ? [sections(say("none"))] : rows),
    ...(more > 0 ? [sections(say("registry.moreParts", { count: String(more) }))] : []),
  ];
}

function ruleText(rule: Orderer["acceptance"][number], today: string, say: Say): string {
  const notYet =
    rule.from !== null && rule.from > today.slice(0, rule.from.length) ? say("registry.notYet") : "";
  return [
    say("registry.rule.head", {
      basis: say(`registry.basis.${rule.basis}`),
      valid: validText(rule, say, "registry.startUnknown"),
      notYet,
    }),
    scopeText(rule, say),
    say("registry.rule.summary", { summary: rule.summary }),
    say("registry.rule.source", { source: rule.source }),
    say("registry.rule.amendments", { answer: say(`registry.answer.${rule.appliesToAmendments}`) }),
    ...(rule.needsNamedApproval ? [say("registry.rule.named")] : []),
    ...(rule.paperAllowed ? [] : [say("registry.rule.noPaper")]),
  ].join("\n");
}

function scopeText(
  { products, workKinds }: { products: readonly GuaranteeKind[]; workKinds: readonly string[] },
  say: Say,
): string {
  return say("registry.rule.scope", {
    products: productNames(products, say),
    works: workKinds.map((kind) => say(`registry.work.${kind}`)).join(say("list.comma")),
  });
}

function productNames(products: readonly GuaranteeKind[], say: Say): string {
  return products.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
}

function amountText(rule: AmountRule, say: Say): string {
  const percent = (ratio: number) => String(Number((ratio * 100).toFixed(4)));
  const ratios = (["ratioMax", "totalRatioMax", "ratioMin", "lowBidRatioMin"] as const).flatMap((name) => {
    const ratio = rule[name];
    return ratio === null ? [] : [say(`registry.amount.${name}`, { percent: percent(ratio) })];
  });
  const yen = (["roundDownYen", "contractMinYen"] as const).flatMap((name) =>
    rule[name] === null ? [] : [say(`registry.amount.${name}`, { amount: yenText(rule[name], say) })],
  );
  const days = rule.daysMin === null ? [] : [say("registry.amount.daysMin", { days: String(rule.daysMin) })];
  return [
    say("registry.rule.valid", { valid: validText(rule, say) }),
    scopeText(rule, say),
    ...ratios,
    ...yen,
    ...days,
  ].join("\n");
}

function routeBlocks(route: SubmissionRoute, say: Say): Block[] {
  const optional = (key: string, text: string) => (text === "" ? [] : [say(key, { text })]);
  const text = [
    say("registry.route.head", {
      kind: say(`registry.route.${route.kind}`),
      timing: say(`registry.timing.${route.timing}`),
      products: productNames(route.products, say),
    }),
    say("registry.rule.valid", { valid: validText(route, say) }),
    ...optional("registry.route.subject", route.subjectTemplate ?? ""),
    ...optional("registry.route.items", route.bodyItems.join(say("list.comma"))),
    ...optional("registry.route.extra", route.extraDocuments.join(say("list.comma"))),
    ...(route.confirmByPhone ? [say("registry.route.phone")] : []),
    ...optional("registry.route.note", route.note ?? ""),
  ].join("\n");
  const to = [
    ...(route.to.length === 0 ? [] : [say("registry.route.to"), ...addressLines(route.to, say)]),
    ...(route.cc.length === 0 ? [] : [say("registry.route.cc"), ...addressLines(route.cc, say)]),
  ].join("\n");
  return [...sections(text), ...(to === "" ? [] : addressSections(to))];
}

/** Several that could be meant, each with its button. */
export function ordererList(
  found: readonly Registered<Orderer>[],
  frame: { title: string; note: string | null },
  say: Say,
): Screen[] {
  const rows = found.map((one): Block[] => [
    {
      type: "section",
      block_id: `row:${one.id}`,
      text: plain(
        say("registry.ordererRow", {
          prefecture: one.prefecture,
          name: one.name,
          certificateName: one.certificateName,
        }),
      ),
      accessory: button({ action: ORDERER.show, label: say("registry.show"), value: one.id }),
    },
  ]);
  const note = frame.note === null ? [] : [sections(frame.note)];
  return grouped(frame.title, [heading(frame.title), ...rows, ...note]);
}
