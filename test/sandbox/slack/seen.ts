import type { Delivered } from "./app-link.ts";
import { readable, string, words } from "./readable.ts";
import type { Ephemeral, Message, Seen, View } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** How long a person waits for something to appear after the app acknowledged, milliseconds. */
export const PATIENCE_MS = 1000;

/** One person's screen just before an act, to tell afterwards what is new on it. */
export class Watch {
  readonly #workspace: Workspace;
  readonly #user: string;
  readonly #ephemerals: Set<Ephemeral>;
  readonly #direct: Set<string>;
  readonly #top: string | undefined;
  readonly #home: string | undefined;
  readonly #origin: Message | undefined;

  constructor(workspace: Workspace, user: string, origin?: Message) {
    this.#workspace = workspace;
    this.#user = user;
    this.#ephemerals = new Set(workspace.ephemerals);
    this.#direct = new Set(directTo(workspace, user).map(({ ts }) => ts));
    this.#top = workspace.top(user)?.hash;
    this.#home = workspace.homes.get(user)?.hash;
    this.#origin = origin;
  }

  get ephemerals(): Ephemeral[] {
    return this.#workspace.ephemerals.filter((e) => e.user === this.#user && !this.#ephemerals.has(e));
  }

  /** Direct messages from the app. */
  get direct(): Message[] {
    return directTo(this.#workspace, this.#user).filter(({ ts }) => !this.#direct.has(ts));
  }

  get view(): View | undefined {
    return this.#workspace.top(this.#user);
  }

  get home(): View | undefined {
    const home = this.#workspace.homes.get(this.#user);
    return home?.hash === this.#home ? undefined : home;
  }

  get viewChanged(): boolean {
    return this.view !== undefined && this.view.hash !== this.#top;
  }

  /**
   * Something appeared for this person: an ephemeral, a direct message, a modal, the home tab, or a change of the
   * message that was clicked.
   */
  get anything(): boolean {
    if (this.ephemerals.length > 0 || this.direct.length > 0 || this.home !== undefined) return true;
    if (this.view?.hash !== this.#top) return true;
    const origin = this.#origin;
    return origin !== undefined && this.#workspace.find(origin.channel, origin.ts) !== origin;
  }

  /** Resolves when something appeared, or after `ms` with nothing. */
  async untilAnything(ms: number): Promise<void> {
    if (this.anything || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.anything) done();
      };
      const done = () => {
        clearTimeout(timer);
        this.#workspace.events.off("change", look);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#workspace.events.on("change", look);
    });
  }
}

function directTo(workspace: Workspace, user: string): Message[] {
  return workspace.messages.filter(({ channel, botId }) => channel === `D_${user}` && botId !== null);
}

/** What a person saw; stays current, so that what arrives a moment later is in it, too. */
export class Sight implements Seen {
  readonly ok: boolean;
  readonly error: string | null;
  readonly ms: number;
  closed = false;
  errors: Seen["errors"] = [];
  readonly #watch: Watch;

  constructor(delivered: Delivered, watch: Watch, refusal: string | null = null) {
    this.ok = delivered.ok && refusal === null;
    this.error = delivered.error ?? refusal;
    this.ms = delivered.ms;
    this.#watch = watch;
  }

  get ephemerals(): Ephemeral[] {
    return this.#watch.ephemerals;
  }

  get view(): View | undefined {
    return this.#watch.view;
  }

  get text(): string {
    const lines = this.error === null ? [] : [this.error];
    lines.push(...this.errors.map((e) => `${e.label}: ${e.message}`));
    lines.push(...this.ephemerals.map(readable), ...this.#watch.direct.map(readable));
    if (this.#watch.viewChanged && this.view !== undefined) lines.push(readable(this.view));
    return lines.join("\n");
  }
}

/** Slack takes errors for input blocks of that view only. */
export function errorsOn(view: View, errors: Record<string, unknown>): Seen["errors"] | null {
  const found: Seen["errors"] = [];
  for (const [blockId, message] of Object.entries(errors)) {
    const block = view.blocks.find((b) => b.block_id === blockId && b.type === "input");
    if (block === undefined) return null;
    found.push({
      blockId: string(block.block_id),
      label: words(block.label),
      message: String(message),
    });
  }
  return found.length > 0 ? found : null;
}
