import type { Delivered, DeliveryKind } from "./app-link.ts";
import {
  type Entry,
  entered,
  findInput,
  findNamed,
  type Placed,
  placedElements,
  unsubmittable,
} from "./inputs.ts";
import * as payloads from "./payloads.ts";
import { isObject, string, words } from "./readable.ts";
import { sayTo } from "./response-url.ts";
import { PATIENCE_MS, Sight, Watch } from "./seen.ts";
import { afterSubmit } from "./submit-outcome.ts";
import {
  type Ephemeral,
  Impossible,
  type JsonObject,
  type Member,
  type Message,
  type Seen,
  type View,
} from "./types.ts";
import type { Workspace } from "./workspace.ts";
import { isView, type Screen, type World } from "./world.ts";

/** One member of the workspace at the keyboard. Throws {@link Impossible} for what the screen does not allow. */
export class Person {
  readonly me: Member;
  readonly #world: World;

  constructor(me: Member, world: World) {
    this.me = me;
    this.#world = world;
  }

  /** The modal on top of the screen. */
  view(): View | undefined {
    return this.#world.workspace.top(this.me.id);
  }

  ephemerals(): Ephemeral[] {
    return this.#world.workspace.ephemerals.filter((shown) => shown.user === this.me.id);
  }

  /** Types a slash command. Resolves when it is acknowledged and something appeared, or `waitMs` passed. */
  async command(
    command: string,
    text = "",
    options: { channel?: string; waitMs?: number } = {},
  ): Promise<Seen> {
    const { workspace } = this.#world;
    const channel = workspace.channels.get(options.channel ?? [...workspace.channels.keys()][0] ?? "");
    if (channel === undefined) throw new Impossible(`no channel ${options.channel ?? ""}`);
    const watch = new Watch(workspace, this.me.id);
    const about = { user: this.me.id, channel: channel.id, threadTs: null, origin: null };
    const ids = this.#ids(about);
    const sent = payloads.commandPayload(this.me, channel, command, text, ids);
    const delivered = await this.#deliver("slash_commands", sent);
    const said = typeof delivered.answer === "string" ? { text: delivered.answer } : delivered.answer;
    const speaks = isObject(said) && (said.text !== undefined || said.blocks !== undefined);
    const refusal = speaks ? sayTo(workspace, about, said, `ack of ${command}`) : null;
    return this.#seen(delivered, watch, options.waitMs, refusal);
  }

  /** Clicks a button by its words, part of them, or its action_id. Any confirmation dialog is confirmed. */
  async click(on: Screen, name: string, options: { index?: number; waitMs?: number } = {}): Promise<Seen> {
    const screen = this.#current(on);
    const buttons = placedElements(screen.blocks).filter(({ element }) => element.type === "button");
    const button = findNamed(buttons, name, (placed) => words(placed.element.text), options.index);
    return this.#act(screen, payloads.actionOf(button, {}), options.waitMs);
  }

  /** Picks in a select, an overflow menu, radio buttons or a date picker that acts at once. */
  async choose(on: Screen, name: string, entry: Entry, options: { waitMs?: number } = {}): Promise<Seen> {
    const screen = this.#current(on);
    const choices = placedElements(screen.blocks).filter(({ element }) => element.type !== "button");
    const chosen = findNamed(
      choices,
      name,
      ({ block, element }) => words(element.placeholder) || words(block.text),
    );
    const value = entered(chosen.element, entry);
    if (isView(screen)) this.#keep(screen, chosen, value);
    return this.#act(screen, payloads.actionOf(chosen, value), options.waitMs);
  }

  /** Enters values into a modal by label, part of it, block_id or action_id; tells the app where it asked to be told. */
  async fill(on: View, values: Record<string, Entry>): Promise<void> {
    for (const [name, entry] of Object.entries(values)) {
      const view = this.#top(on);
      const placed = findInput(view, name);
      const value = entered(placed.element, entry);
      this.#keep(view, placed, value);
      const silent = placed.block.type === "input" && placed.block.dispatch_action !== true;
      if (!silent) await this.#act(view, payloads.actionOf(placed, value), 0);
    }
  }

  /** Fills and submits a modal. `seen.errors` when the app refused values, `seen.closed` when the modal went away. */
  async submit(
    on: View,
    values: Record<string, Entry> = {},
    options: { waitMs?: number } = {},
  ): Promise<Seen> {
    await this.fill(on, values);
    const view = this.#top(on);
    if (view.submit === null) throw new Impossible(`"${view.title}" has nothing to submit`);
    const faults = unsubmittable(view);
    if (faults.length > 0) throw new Impossible(`cannot submit "${view.title}": ${faults.join("; ")}`);
    const watch = new Watch(this.#world.workspace, this.me.id);
    const trigger = this.#world.workspace.newTrigger(this.me.id);
    const extra = { trigger_id: trigger, response_urls: [] };
    const delivered = await this.#deliver(
      "interactive",
      payloads.viewPayload("view_submission", this.me, view, extra),
    );
    const outcome = delivered.ok ? afterSubmit(this.#world.workspace, view, delivered.answer) : {};
    const sight = await this.#seen(
      delivered,
      watch,
      outcome.closed || outcome.errors ? 0 : options.waitMs,
      outcome.refusal ?? null,
    );
    return Object.assign(sight, { closed: outcome.closed ?? false, errors: outcome.errors ?? [] });
  }

  /** Closes the modal on top with its close button; the whole stack with `all` (the cross). */
  async closeView(options: { all?: boolean } = {}): Promise<void> {
    const { workspace } = this.#world;
    const gone = options.all ? workspace.stack(this.me.id) : workspace.stack(this.me.id).slice(-1);
    if (gone.length === 0) throw new Impossible("no modal is open");
    workspace.setStack(this.me.id, workspace.stack(this.me.id).slice(0, -gone.length));
    for (const view of gone.filter((v) => v.notifyOnClose)) {
      const extra = { is_cleared: options.all === true };
      await this.#deliver("interactive", payloads.viewPayload("view_closed", this.me, view, extra));
    }
  }

  /** Runs a shortcut: of a message when one is given, global otherwise. */
  async shortcut(callbackId: string, on?: Message, options: { waitMs?: number } = {}): Promise<Seen> {
    const { workspace } = this.#world;
    const watch = new Watch(workspace, this.me.id);
    const base = { ...payloads.actor(this.me), callback_id: callbackId, action_ts: workspace.nextTs() };
    let sent: JsonObject = { type: "shortcut", ...base, trigger_id: workspace.newTrigger(this.me.id) };
    if (on !== undefined) {
      const ids = this.#ids({ user: this.me.id, channel: on.channel, threadTs: on.threadTs, origin: null });
      const { message, channel } = payloads.messageActionPayload(workspace, this.me, on, {}, ids);
      const about = { message: message ?? null, channel: channel ?? null, message_ts: on.ts };
      sent = {
        type: "message_action",
        ...base,
        ...about,
        trigger_id: ids.trigger,
        response_url: ids.responseUrl,
      };
    }
    return this.#seen(await this.#deliver("interactive", sent), watch, options.waitMs, null);
  }

  /** Posts words in a channel or a thread; the app hears of it by the Events API (`app_mention` when it is named). */
  async say(channel: string, text: string, options: { threadTs?: string } = {}): Promise<Message> {
    const { workspace } = this.#world;
    if (!workspace.channels.has(channel)) throw new Impossible(`no channel ${channel}`);
    const threadTs = options.threadTs ?? null;
    const own = { user: this.me.id, botId: null, blocks: [], metadata: null, files: [] };
    const message = workspace.post({ channel, threadTs, text, ...own });
    const thread = threadTs === null ? {} : { thread_ts: threadTs };
    const type = text.includes("<@U_BOT>") ? "app_mention" : "message";
    await this.#event({ type, user: this.me.id, channel, text, ts: message.ts, ...thread });
    return message;
  }

  /** Opens the app's home tab. @returns what stands there as soon as the app has brought it up to date. */
  async openHome(options: { waitMs?: number } = {}): Promise<View | undefined> {
    const watch = new Watch(this.#world.workspace, this.me.id);
    await this.#event({ type: "app_home_opened", user: this.me.id, channel: `D_${this.me.id}`, tab: "home" });
    await watch.untilAnything(options.waitMs ?? PATIENCE_MS);
    return this.home();
  }

  /** What stands on this person's home tab. */
  home(): View | undefined {
    return this.#world.workspace.homes.get(this.me.id);
  }

  async #event(event: JsonObject): Promise<void> {
    const id = this.#world.workspace.id("Ev");
    await this.#deliver("events_api", payloads.eventPayload(event, id));
  }

  #ids(about: Parameters<Workspace["newResponseUrl"]>[0]): { trigger: string; responseUrl: string } {
    const { workspace, responseUrl } = this.#world;
    return {
      trigger: workspace.newTrigger(this.me.id),
      responseUrl: responseUrl(workspace.newResponseUrl(about)),
    };
  }

  async #deliver(kind: DeliveryKind, sent: JsonObject): Promise<Delivered> {
    const delivered = await this.#world.link.deliver(kind, sent);
    if (delivered.ok) this.#world.workspace.ackLatencies.push(delivered.ms);
    return delivered;
  }

  async #seen(
    delivered: Delivered,
    watch: Watch,
    waitMs: number | undefined,
    refusal: JsonObject | null,
  ): Promise<Sight> {
    if (delivered.ok && refusal === null) await watch.untilAnything(waitMs ?? PATIENCE_MS);
    return new Sight(delivered, watch, refusal === null ? null : string(refusal.error));
  }

  async #act(screen: Screen, action: JsonObject, waitMs: number | undefined): Promise<Seen> {
    const { workspace } = this.#world;
    const message = "botId" in screen ? screen : undefined;
    const watch = new Watch(workspace, this.me.id, message);
    if (isView(screen)) {
      const sent = payloads.viewActionPayload(this.me, screen, action, workspace.newTrigger(this.me.id));
      return this.#seen(await this.#deliver("interactive", sent), watch, waitMs, null);
    }
    const origin = { ts: screen.ts, ephemeral: message === undefined };
    const ids = this.#ids({ user: this.me.id, channel: screen.channel, threadTs: screen.threadTs, origin });
    const sent = payloads.messageActionPayload(workspace, this.me, screen, action, ids);
    return this.#seen(await this.#deliver("interactive", sent), watch, waitMs, null);
  }

  #keep(view: View, { block, element }: Placed, value: JsonObject): void {
    const blockId = string(block.block_id);
    view.values[blockId] = { ...view.values[blockId], [string(element.action_id)]: value };
  }

  #top(on: View): View {
    const top = this.view();
    if (on.type === "home") return this.#world.workspace.homes.get(this.me.id) ?? on;
    if (top?.id !== on.id) throw new Impossible(`"${on.title}" is not the modal on top of the screen`);
    return top;
  }

  /** The same message or view as it is on the screen now. */
  #current(on: Screen): Screen {
    if (isView(on)) return this.#top(on);
    const { workspace } = this.#world;
    const found =
      "botId" in on
        ? workspace.find(on.channel, on.ts)
        : this.ephemerals().find((shown) => shown.ts === on.ts);
    if (found === undefined) throw new Impossible("the message is no longer on the screen");
    return found;
  }
}
