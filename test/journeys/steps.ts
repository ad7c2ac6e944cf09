import { openDatabase } from "../../prisma/open.ts";
import { importRegistry, type RegistryName } from "../../prisma/registries.ts";
import { ADVANCE_YEN, applicationLetter, PERFORMANCE_YEN, worksDates } from "../demo/letters.ts";
import { readNotices } from "../demo/player.ts";
import type { Letter } from "../sandbox/mail-types.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Message, Seen, View } from "../sandbox/slack/types.ts";
import { APPROVER, CHANNEL, CLERK, CONTRACTOR, DESK, type World } from "./world.ts";

/** Steps that many stories share, taken through the public doors. */

const PATIENCE = { timeoutMs: 20_000 };

export function command(world: World, person: string, text: string): Promise<Seen> {
  return world.slack.person(person).command("/hosho", text, { channel: CHANNEL });
}

/** The card on which all these words stand. */
export function cardWith(world: World, ...words: string[]): Promise<Message> {
  const look = () =>
    world.slack.messages(CHANNEL).find((m) => words.every((word) => readable(m).includes(word)));
  return world.slack.waitFor(look, { ...PATIENCE, what: `a card with ${words.join(", ")}` });
}

/** An application for works of this title. @returns the receipt number on its card. */
export async function apply(
  world: World,
  title: string,
  change: (text: string) => string = (text) => text,
  from = CONTRACTOR,
): Promise<string> {
  const letter = applicationLetter(worksDates(new Date()));
  const text = change(letter.text.replace("町道112号線改良工事", title));
  await world.mail.send(from, { to: DESK, subject: letter.subject, text });
  return /A-\d{6}/.exec(readable(await cardWith(world, title)))?.[0] ?? "";
}

/** What approvers type, as the application states it. */
export const AMOUNTS = { 前払金保証の保証金額: ADVANCE_YEN, 契約保証の保証金額: PERFORMANCE_YEN };

/** From accepting to the maker's request: the case waits for a second person. */
export async function requestApproval(world: World, receiptNumber: string): Promise<void> {
  await command(world, CLERK, `引受 ${receiptNumber} 65000 20000`);
  await cardWith(world, receiptNumber, "入金待ち");
  await command(world, CLERK, `入金 ${receiptNumber}`);
  const asked = await command(world, CLERK, `発行 ${receiptNumber}`);
  if (asked.view === undefined) throw new Error(asked.text);
  const confirmed = { 内容の確認: "証書に記載する内容を申込書類と照合しました" };
  await world.slack.person(CLERK).submit(asked.view, confirmed);
}

/** The checker's modal. */
export async function review(world: World, person: string, receiptNumber: string): Promise<View> {
  const seen = await command(world, person, `承認 ${receiptNumber}`);
  if (seen.view === undefined) throw new Error(seen.text);
  return seen.view;
}

/** From accepting to issued. @returns number and key of each notice. */
export async function issue(world: World, receiptNumber: string): Promise<{ number: string; key: string }[]> {
  await requestApproval(world, receiptNumber);
  await world.slack.person(APPROVER).submit(await review(world, APPROVER, receiptNumber), AMOUNTS);
  const isIt = (l: Letter) => l.subject.includes("発行完了") && l.subject.includes(receiptNumber);
  return readNotices(await world.mail.waitForLetter(CONTRACTOR, isIt, PATIENCE));
}

/** Sends a letter and waits for the answer to it, which names it in In-Reply-To, in whosever mailbox it arrives. */
export async function ask(
  world: World,
  from: string,
  text: string,
  answeredTo: string = from,
): Promise<{ letter: Letter; answers: { outcome: string; status: string | null }[] }> {
  const { messageId } = await world.mail.send(from, { to: DESK, subject: "電子保証の照会", text });
  const letter = await world.mail.waitForLetter(answeredTo, (l) => l.inReplyTo === messageId, PATIENCE);
  const json = letter.attachments.find((a) => a.filename === "verification.json");
  return { letter, answers: json === undefined ? [] : JSON.parse(json.bytes.toString()).answers };
}

/** Adds entries to a registry as the operator's import does. */
export async function register(world: World, name: RegistryName, entries: unknown[]): Promise<void> {
  const database = await openDatabase({
    url: world.env.DATABASE_URL ?? null,
    dataDir: world.env.DATA_DIR ?? "",
  });
  const result = await importRegistry(database.store, name, entries, new Date().toISOString());
  await database.close();
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
}
