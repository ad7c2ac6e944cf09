/** What people and the app see of the loopback Slack. Shapes are Slack's own where Slack has one. */

export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A block or an element as the app sent it, ids filled in where the app left them out. */
export type Block = JsonObject;

export interface Message {
  channel: string;
  ts: string;
  threadTs: string | null;
  user: string;
  /** The app's own messages carry its bot id; people's do not. */
  botId: string | null;
  text: string;
  blocks: Block[];
  metadata: JsonObject | null;
  files: SharedFile[];
  edited: boolean;
}

export interface Ephemeral {
  channel: string;
  ts: string;
  threadTs: string | null;
  user: string;
  text: string;
  blocks: Block[];
}

export interface View {
  id: string;
  hash: string;
  type: "modal" | "home";
  callbackId: string;
  externalId: string;
  title: string;
  submit: string | null;
  close: string | null;
  privateMetadata: string;
  clearOnClose: boolean;
  notifyOnClose: boolean;
  blocks: Block[];
  /** Values on the screen by block id, then action id, as Slack sends them in `view.state.values`. */
  values: Record<string, Record<string, JsonObject>>;
  user: string;
  rootId: string;
  previousId: string | null;
}

export interface SharedFile {
  id: string;
  name: string;
  title: string;
  bytes: Buffer;
  channel: string | null;
  threadTs: string | null;
}

/** What one person got to see from one act. */
export interface Seen {
  /** The app acknowledged in time. */
  ok: boolean;
  error: string | null;
  /** From sending the interaction to its acknowledgement, milliseconds. */
  ms: number;
  /** Every word shown to this person because of the act, in order, one line each. */
  text: string;
  ephemerals: Ephemeral[];
  /** The modal on top of this person's screen, if any. */
  view: View | undefined;
  /** The modal that was submitted is gone. */
  closed: boolean;
  /** Values that the app refused, when submitting. */
  errors: { blockId: string; label: string; message: string }[];
}

export interface Fault {
  /** Answer with this HTTP status instead of doing the work. */
  status?: number;
  /** Answer `ok: false` with this error instead of doing the work. */
  error?: string;
  /** Seconds for the Retry-After header. */
  retryAfter?: number;
  /** Do the work, then cut the connection without an answer. */
  dropAfterStore?: boolean;
  /** Do the work, then answer this many milliseconds late. */
  delayMs?: number;
  /** How many calls are struck; 1 unless told. */
  times?: number;
}

export interface Call {
  method: string;
  args: JsonObject;
  answer: JsonObject | null;
}

/** A payload that Slack would have refused. */
export interface Rejection {
  where: string;
  errors: string[];
}

export interface Member {
  id: string;
  name: string;
  /** The account was deactivated. */
  deleted?: boolean;
}

export interface SlackOptions {
  mode: "http" | "socket";
  users?: (string | Member)[];
  channels?: (string | Member)[];
  /** User groups by id with their members. */
  usergroups?: Record<string, string[]>;
  signingSecret?: string;
  /** Port of the Web API; any free one unless told. */
  port?: number;
  /** How long the app may take to acknowledge, milliseconds; Slack's is 3000. */
  ackLimitMs?: number;
  /** Life of a trigger id, milliseconds; Slack's is 3000. */
  triggerLifeMs?: number;
}

/** Thrown when a person could not have done what a test asks: no such button, an empty required input. */
export class Impossible extends Error {
  override name = "Impossible";
}
