import { ADVANCE_YEN, PERFORMANCE_YEN } from "../demo/letters.ts";
import { readNotices } from "../demo/player.ts";
import { APPROVER, CLERK } from "../journeys/world.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { KEYS_TO, type MarkedLetter } from "./letters.ts";
import type { CrashWorld } from "./world.ts";

/** A case that two people issue in Slack while the program may be killed. */
export interface Story {
  receiptNumber: string;
  letter: MarkedLetter;
}

const PATIENCE_MS = 30_000;

/** Waits until the case of this letter stands in the channel. */
export async function openStory(world: CrashWorld, letter: MarkedLetter): Promise<Story> {
  const words = await world.slack.waitFor(
    () =>
      world.slack
        .messages(world.channel)
        .map(readable)
        .find((text) => text.includes("受付番号") && text.includes(letter.title ?? "none")),
    { timeoutMs: PATIENCE_MS, what: `the card of ${letter.title}` },
  );
  return { receiptNumber: /A-\d{6}/.exec(words)?.[0] ?? "", letter };
}

/** Everything up to the approver's button. */
export async function prepare(world: CrashWorld, { receiptNumber }: Story): Promise<void> {
  const clerk = world.slack.person(CLERK);
  const channel = world.channel;
  await clerk.command("/hosho", `引受 ${receiptNumber} 65000 20000`, { channel });
  await stateOf(world, receiptNumber, "入金待ち");
  await clerk.command("/hosho", `入金 ${receiptNumber}`, { channel });
  const maker = await clerk.command("/hosho", `発行 ${receiptNumber}`, { channel });
  if (maker.view === undefined) throw new Error(maker.text);
  await clerk.submit(maker.view, { 内容の確認: "証書に記載する内容を申込書類と照合しました" });
  await stateOf(world, receiptNumber, "承認待ち");
}

/** The approver's act. Whether it was done shows on the card; the program may die of it. */
export async function approve(world: CrashWorld, { receiptNumber }: Story): Promise<void> {
  const approver = world.slack.person(APPROVER);
  const review = await approver.command("/hosho", `承認 ${receiptNumber}`, { channel: world.channel });
  if (review.view === undefined) return;
  await approver.submit(review.view, {
    前払金保証の保証金額: ADVANCE_YEN,
    契約保証の保証金額: PERFORMANCE_YEN,
  });
}

/** Looks whether the approval stands, gives it again if not, and waits until the case is issued. */
export async function finish(world: CrashWorld, story: Story): Promise<void> {
  const issued = () => hasState(world, story.receiptNumber, "発行済");
  for (const deadline = Date.now() + PATIENCE_MS; !issued(); ) {
    await approve(world, story).catch(() => undefined); // refused when it stands
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (Date.now() > deadline) throw new Error(`${story.receiptNumber} was not issued in time`);
  }
}

/** Number and key of the first notice, as its reader sees them. */
export async function firstKey(world: CrashWorld, story: Story): Promise<{ number: string; key: string }> {
  const letter = await world.mail.waitForLetter(
    KEYS_TO,
    ({ subject }) => subject.includes("発行完了") && subject.includes(story.receiptNumber),
    { timeoutMs: PATIENCE_MS },
  );
  const [notice] = await readNotices(letter);
  if (notice === undefined) throw new Error("no notice");
  return notice;
}

async function stateOf(world: CrashWorld, receiptNumber: string, state: string): Promise<void> {
  await world.slack.waitFor(() => hasState(world, receiptNumber, state), {
    timeoutMs: PATIENCE_MS,
    what: `${receiptNumber} ${state}`,
  });
}

function hasState(world: CrashWorld, receiptNumber: string, state: string): boolean {
  return world.slack
    .messages(world.channel)
    .map(readable)
    .some((text) => text.includes(receiptNumber) && text.includes(state));
}
