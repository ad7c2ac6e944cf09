import type { Block, Modal, Screen } from "./blocks/kit.ts";

/** The app's home tab of one person. */
export interface Home {
  type: "home";
  blocks: Block[];
}

/**
 * What this door asks of Slack, as plain functions; `app.ts`, the owner of the Slack library, implements them.
 * Every one may throw `SlackFault`.
 */
export interface InteractionCalls {
  openView(trigger: string, modal: Modal): Promise<void>;
  updateView(viewId: string, modal: Modal): Promise<void>;
  /** Shows a message to one person in a channel; by direct message when there is no channel or it cannot be used. */
  whisper(channel: string | null, user: string, screen: Screen): Promise<void>;
  /** Puts a view on the home tab of one person, in place of the one that stood there. */
  publishHome(user: string, view: Home): Promise<void>;
}

export interface Posted {
  channel: string;
  ts: string;
}

export interface OutboxCalls {
  post(channel: string, screen: Screen, options: { threadTs?: string; rowId: string }): Promise<Posted>;
  update(place: Posted, screen: Screen, rowId: string): Promise<void>;
  upload(place: Posted, file: { filename: string; title: string; bytes: Uint8Array }): Promise<void>;
  /** A message of ours with this row's id in its metadata: in a thread, or among the latest of a channel. */
  findPosted(channel: string, threadTs: string | null, rowId: string): Promise<Posted | null>;
  /** True when the thread holds a file of this title. */
  hasFile(place: Posted, title: string): Promise<boolean>;
}

/** What went wrong in a call, told apart by what may have happened. */
export class SlackFault extends Error {
  /**
   * - limited: not done, to be tried again after `retryAfterMs`.
   * - refused: not done; Slack's `code` says why.
   * - uncertain: perhaps done (time-out, cut connection, server error).
   */
  readonly kind: "limited" | "refused" | "uncertain";
  readonly code: string;
  readonly retryAfterMs: number;

  constructor(kind: SlackFault["kind"], code: string, retryAfterMs = 0) {
    super(`${kind}: ${code}`);
    this.name = "SlackFault";
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Server-side errors after which the call may or may not have been carried out. */
const UNCERTAIN = ["internal_error", "fatal_error", "service_unavailable", "request_timeout"];

/** Tells from what the library throws what may have happened; anything unknown is uncertain. */
export function faultOf(error: unknown): SlackFault {
  if (error instanceof SlackFault) return error;
  const { code, retryAfter, data } = error as {
    code?: unknown;
    retryAfter?: unknown;
    data?: { error?: unknown };
  };
  if (code === "slack_webapi_rate_limited_error")
    return new SlackFault("limited", "ratelimited", Number(retryAfter) * 1000);
  if (code === "slack_webapi_platform_error") {
    const reason = String(data?.error);
    return new SlackFault(UNCERTAIN.includes(reason) ? "uncertain" : "refused", reason);
  }
  return new SlackFault("uncertain", typeof code === "string" ? code : "unknown");
}

/** Makes a call; what it throws becomes a `SlackFault`. */
export async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw faultOf(error);
  }
}

/** The same calls, and whether Slack answered the last of them, in whatever words. */
export function noting(calls: OutboxCalls): { calls: OutboxCalls; answered(): boolean } {
  let answered = true;
  const noted =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        const result = await call(...args);
        answered = true;
        return result;
      } catch (error) {
        answered = faultOf(error).kind !== "uncertain";
        throw error;
      }
    };
  return {
    calls: {
      post: noted(calls.post),
      update: noted(calls.update),
      upload: noted(calls.upload),
      findPosted: noted(calls.findPosted),
      hasFile: noted(calls.hasFile),
    },
    answered: () => answered,
  };
}
