import type { SlackRow } from "../core/rows/outbox.ts";
import type { Screen } from "./blocks/kit.ts";
import { type OutboxCalls, type Posted, SlackFault } from "./slack.ts";

/** What is to be said, with all that it takes. */
export type Sayable =
  | { kind: "card"; row: SlackRow; channel: string; screen: Screen }
  | { kind: "message"; row: SlackRow; channel: string; root: Posted | null; screens: Screen[] }
  | {
      kind: "file";
      row: SlackRow;
      channel: string;
      root: Posted;
      file: { filename: string; title: string; bytes: Uint8Array };
    };

/** What an interrupted attempt left in Slack: the number of messages that were posted, and the first one. */
export interface Done {
  count: number;
  first: Posted | null;
}

/** Asks Slack what an earlier attempt left there. @throws SlackFault when that cannot be asked. */
export async function alreadyDone(calls: OutboxCalls, task: Sayable): Promise<Done> {
  if (task.kind === "file")
    return { count: (await calls.hasFile(task.root, task.file.title)) ? 1 : 0, first: null };
  if (task.kind === "card") {
    if (task.row.ts !== null) return { count: 0, first: null };
    const first = await calls.findPosted(task.channel, null, task.row.id);
    return { count: first === null ? 0 : 1, first };
  }
  const done: Done = { count: 0, first: null };
  for (const [page] of task.screens.entries()) {
    const posted = await calls.findPosted(task.channel, task.root?.ts ?? null, pageId(task.row, page));
    if (posted === null) break;
    done.count += 1;
    done.first ??= posted;
  }
  return done;
}

function pageId(row: SlackRow, page: number): string {
  return page === 0 ? row.id : `${row.id}#${page}`;
}

/** Says what has not been said yet. @returns where it stands (of several messages, the first). @throws SlackFault. */
export async function say(calls: OutboxCalls, task: Sayable, done: Done | null): Promise<Partial<Posted>> {
  if (task.kind === "card") return sayCard(calls, task, done);
  if (task.kind === "file") {
    if ((done?.count ?? 0) === 0) await calls.upload(task.root, task.file);
    return {};
  }
  let first = done?.first ?? null;
  for (const [page, screen] of task.screens.entries()) {
    if (page < (done?.count ?? 0)) continue;
    const thread = task.root === null ? {} : { threadTs: task.root.ts };
    const posted = await calls.post(task.channel, screen, { ...thread, rowId: pageId(task.row, page) });
    first ??= posted;
  }
  return first ?? {};
}

/** Posted once, rewritten ever after; a card that somebody deleted is posted anew. */
async function sayCard(
  calls: OutboxCalls,
  { row, channel, screen }: Extract<Sayable, { kind: "card" }>,
  done: Done | null,
): Promise<Posted> {
  const place = row.ts === null ? (done?.first ?? null) : { channel, ts: row.ts };
  if (place === null) return calls.post(channel, screen, { rowId: row.id });
  try {
    await calls.update(place, screen, row.id);
    return place;
  } catch (error) {
    if (!(error instanceof SlackFault) || error.code !== "message_not_found") throw error;
    // An interrupted attempt may have posted it anew already.
    const again = done === null ? null : await calls.findPosted(channel, null, row.id);
    if (again === null) return calls.post(channel, screen, { rowId: row.id });
    await calls.update(again, screen, row.id);
    return again;
  }
}
