import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { screenValues, withIds } from "./inputs.ts";
import { objects, string, words } from "./readable.ts";
import type {
  Block,
  Call,
  Ephemeral,
  JsonObject,
  Member,
  Message,
  Rejection,
  SharedFile,
  View,
} from "./types.ts";

export const TEAM = { id: "T_LOOPBACK", domain: "loopback" };
export const APP_ID = "A_LOOPBACK";
export const BOT = { userId: "U_BOT", botId: "B_BOT", name: "hosho" };
/** Slack's: a response_url works 5 times within 30 minutes. */
const RESPONSE_URL_USES = 5;
const RESPONSE_URL_LIFE_MS = 30 * 60 * 1000;

interface Trigger {
  user: string;
  expires: number;
  used: boolean;
}

export interface ResponseUrl {
  user: string;
  channel: string;
  threadTs: string | null;
  /** The message or ephemeral that was clicked. */
  origin: { ts: string; ephemeral: boolean } | null;
  usesLeft: number;
  expires: number;
}

/** Everything one workspace remembers. Emits `change` on `events` whenever anybody could see something new. */
export class Workspace {
  readonly events = new EventEmitter().setMaxListeners(0);
  readonly members = new Map<string, Member>();
  readonly channels = new Map<string, Member>();
  readonly usergroups = new Map<string, string[]>();
  readonly files = new Map<string, SharedFile & { length: number; uploaded: boolean }>();
  readonly stacks = new Map<string, View[]>();
  readonly homes = new Map<string, View>();
  readonly responseUrls = new Map<string, ResponseUrl>();
  readonly rejections: Rejection[] = [];
  readonly calls: Call[] = [];
  readonly ackLatencies: number[] = [];
  messages: Message[] = [];
  ephemerals: Ephemeral[] = [];
  readonly triggerLifeMs: number;
  readonly #triggers = new Map<string, Trigger>();
  #lastTs = 0;

  constructor(triggerLifeMs: number) {
    this.triggerLifeMs = triggerLifeMs;
  }

  changed(): void {
    this.events.emit("change");
  }

  id(prefix: string): string {
    return `${prefix}${randomBytes(6).toString("hex").toUpperCase()}`;
  }

  /** A message's timestamp: unique and growing, microseconds after the point. */
  nextTs(): string {
    this.#lastTs = Math.max(Date.now() * 1000, this.#lastTs + 1);
    return (this.#lastTs / 1_000_000).toFixed(6);
  }

  post(message: Omit<Message, "ts" | "edited">): Message {
    const posted = { ...message, blocks: this.named(message.blocks), ts: this.nextTs(), edited: false };
    this.messages.push(posted);
    this.changed();
    return posted;
  }

  find(channel: string, ts: string): Message | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  edit(old: Message, change: Partial<Pick<Message, "text" | "blocks" | "metadata" | "files">>): Message {
    const blocks = change.blocks === undefined ? old.blocks : this.named(change.blocks);
    const edited = { ...old, ...change, blocks, edited: true };
    this.messages = this.messages.map((message) => (message === old ? edited : message));
    this.changed();
    return edited;
  }

  remove(gone: Message): void {
    this.messages = this.messages.filter((message) => message !== gone);
    this.changed();
  }

  whisper(ephemeral: Omit<Ephemeral, "ts">): Ephemeral {
    const shown = { ...ephemeral, blocks: this.named(ephemeral.blocks), ts: this.nextTs() };
    this.ephemerals.push(shown);
    this.changed();
    return shown;
  }

  replaceEphemeral(ts: string, change: { text: string; blocks: Block[] } | null): void {
    this.ephemerals = this.ephemerals.flatMap((shown) => {
      if (shown.ts !== ts) return [shown];
      return change === null ? [] : [{ ...shown, text: change.text, blocks: this.named(change.blocks) }];
    });
    this.changed();
  }

  named(blocks: JsonObject[]): Block[] {
    return withIds(blocks, () => randomBytes(3).toString("base64url"));
  }

  newTrigger(user: string): string {
    const id = `${Date.now()}.${this.id("")}`;
    this.#triggers.set(id, { user, expires: Date.now() + this.triggerLifeMs, used: false });
    return id;
  }

  /** Spends a trigger id: the user it belongs to, or Slack's error code. */
  spendTrigger(id: string): { user: string } | { error: string } {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return { error: "invalid_trigger_id" };
    if (trigger.used) return { error: "exchanged_trigger_id" };
    if (Date.now() > trigger.expires) return { error: "expired_trigger_id" };
    trigger.used = true;
    return { user: trigger.user };
  }

  newResponseUrl(about: Omit<ResponseUrl, "usesLeft" | "expires">): string {
    const id = this.id("R");
    const expires = Date.now() + RESPONSE_URL_LIFE_MS;
    this.responseUrls.set(id, { ...about, usesLeft: RESPONSE_URL_USES, expires });
    return id;
  }

  stack(user: string): View[] {
    return this.stacks.get(user) ?? [];
  }

  top(user: string): View | undefined {
    return this.stack(user).at(-1);
  }

  setStack(user: string, views: View[]): void {
    this.stacks.set(user, views);
    this.changed();
  }

  viewById(id: string): View | undefined {
    return [...this.stacks.values(), [...this.homes.values()]].flat().find((view) => view.id === id);
  }

  /** Makes a view out of what the app sent; with `old` it takes that one's place and keeps what was typed. */
  makeView(sent: JsonObject, user: string, under: View | undefined, old?: View): View {
    const id = old?.id ?? this.id("V");
    const blocks = this.named(objects(sent.blocks));
    return {
      id,
      hash: `${Date.now()}.${randomBytes(4).toString("hex")}`,
      type: sent.type === "home" ? "home" : "modal",
      callbackId: string(sent.callback_id),
      externalId: string(sent.external_id),
      title: words(sent.title),
      submit: words(sent.submit) || null,
      close: words(sent.close) || null,
      privateMetadata: string(sent.private_metadata),
      clearOnClose: sent.clear_on_close === true,
      notifyOnClose: sent.notify_on_close === true,
      blocks,
      values: screenValues(blocks, old?.values ?? {}),
      user,
      rootId: old?.rootId ?? under?.rootId ?? id,
      previousId: old?.previousId ?? under?.id ?? null,
    };
  }
}
