import { HttpLink, SocketLink } from "./app-link.ts";
import { FaultPlan } from "./faults.ts";
import { Person } from "./person.ts";
import { SlackServer } from "./server.ts";
import type {
  Call,
  Ephemeral,
  Fault,
  Member,
  Message,
  Rejection,
  SharedFile,
  SlackOptions,
  View,
} from "./types.ts";
import { BOT, Workspace } from "./workspace.ts";

const PING_EVERY_MS = 10_000;
const WAIT_MS = 5000;

/** One Slack workspace with one app in it, on loopback. */
export interface LoopbackSlack {
  /** Web API root, ends in `/api/`. */
  readonly apiUrl: string;
  readonly mode: "http" | "socket";
  /** Http mode: where the app listens (`http://127.0.0.1:3000`, with or without `/slack/events`). Set when known. */
  appUrl: string | null;
  /** The secret that requests are signed with; another one makes a forger of Slack. */
  signingSecret: string;
  /** Open Socket Mode connections. */
  readonly connections: number;
  /** Payloads that broke a limit or lacked words, in order. */
  readonly rejections: Rejection[];
  /** Milliseconds to the acknowledgement, one for each interaction acknowledged. */
  readonly ackLatencies: number[];
  /** Web API calls that reached us with a good token. */
  readonly calls: Call[];
  person(id: string): Person;
  people(): Member[];
  channels(): Member[];
  /** Root messages of a channel (all channels without one), oldest first. */
  messages(channel?: string): Message[];
  /** A root message and its replies. */
  thread(channel: string, ts: string): Message[];
  ephemerals(user: string): Ephemeral[];
  view(user: string): View | undefined;
  home(user: string): View | undefined;
  /** Files whose upload was completed. */
  files(): SharedFile[];
  /** Deactivates a member's account, or brings it back. */
  deactivate(id: string, deleted?: boolean): void;
  /** Makes a user group of these members; `null` removes it. */
  setGroup(id: string, users: string[] | null): void;
  /** Resolves with the first truthy value of `look`, asked again whenever anything changes; rejects at the time limit. */
  waitFor<T>(look: () => T, options?: { timeoutMs?: number; what?: string }): Promise<NonNullable<T>>;
  /** Plans a fault for a Web API method, `upload`, `response_url` or `*`. */
  fail(method: string, fault: Fault): void;
  /** Forgets planned faults. */
  heal(): void;
  /** Closes the port and every connection. */
  down(): Promise<void>;
  /** Opens the same port again. */
  up(): Promise<void>;
  stop(): Promise<void>;
  /** SLACK_* settings for an app of this workspace. */
  env(): Record<string, string>;
}

/** Starts a loopback Slack on 127.0.0.1. The first channel is SLACK_CHANNEL. */
export async function startSlack(options: SlackOptions): Promise<LoopbackSlack> {
  const { mode, signingSecret = "loopback-signing-secret" } = options;
  const workspace = new Workspace(options.triggerLifeMs ?? 3000);
  for (const member of named(options.users ?? ["U_CLERK"])) workspace.members.set(member.id, member);
  workspace.members.set(BOT.userId, { id: BOT.userId, name: BOT.name });
  for (const channel of named(options.channels ?? ["C_DESK"])) workspace.channels.set(channel.id, channel);
  for (const [id, users] of Object.entries(options.usergroups ?? {})) workspace.usergroups.set(id, users);

  const tokens = { bot: "xoxb-loopback-bot", app: "xapp-1-loopback-app" };
  const faults = new FaultPlan();
  const ackLimitMs = options.ackLimitMs ?? 3000;
  const http = new HttpLink(signingSecret, ackLimitMs);
  const socket = new SocketLink(ackLimitMs);
  const server = new SlackServer(workspace, faults, tokens, options.port ?? 0, (connection) =>
    socket.add(connection, () => workspace.changed()),
  );
  await server.up();
  const pings = setInterval(() => socket.ping(), PING_EVERY_MS);
  pings.unref();

  const world = {
    workspace,
    link: mode === "http" ? http : socket,
    responseUrl: (id: string) => `${server.origin}/response/${id}`,
  };
  const down = async () => {
    socket.cut();
    await server.down();
  };
  return {
    mode,
    apiUrl: `${server.origin}/api/`,
    get appUrl() {
      return http.url;
    },
    set appUrl(url) {
      http.url = url;
    },
    get signingSecret() {
      return http.signingSecret;
    },
    set signingSecret(secret) {
      http.signingSecret = secret;
    },
    get connections() {
      return socket.connections;
    },
    rejections: workspace.rejections,
    ackLatencies: workspace.ackLatencies,
    calls: workspace.calls,
    person(id) {
      const member = workspace.members.get(id);
      if (member === undefined) throw new Error(`no member ${id} in the loopback workspace`);
      return new Person(member, world);
    },
    people: () => [...workspace.members.values()].filter(({ id }) => id !== BOT.userId),
    channels: () => [...workspace.channels.values()],
    messages: (channel) =>
      workspace.messages.filter(
        (m) => m.threadTs === null && (channel === undefined || m.channel === channel),
      ),
    thread: (channel, ts) =>
      workspace.messages.filter((m) => m.channel === channel && (m.ts === ts || m.threadTs === ts)),
    ephemerals: (user) => workspace.ephemerals.filter((shown) => shown.user === user),
    view: (user) => workspace.top(user),
    home: (user) => workspace.homes.get(user),
    files: () => [...workspace.files.values()].filter((file) => file.uploaded),
    deactivate(id, deleted = true) {
      const member = workspace.members.get(id);
      if (member === undefined) throw new Error(`no member ${id} in the loopback workspace`);
      workspace.members.set(id, { ...member, deleted });
    },
    setGroup: (id, users) =>
      void (users === null ? workspace.usergroups.delete(id) : workspace.usergroups.set(id, users)),
    waitFor: (look, wait) => waitFor(workspace, look, wait),
    fail: (method, fault) => faults.add(method, fault),
    heal: () => faults.clear(),
    down,
    up: () => server.up(),
    async stop() {
      clearInterval(pings);
      await down();
    },
    env: () => ({
      SLACK_MODE: mode,
      SLACK_BOT_TOKEN: tokens.bot,
      SLACK_APP_TOKEN: tokens.app,
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_API_URL: `${server.origin}/api/`,
      SLACK_CHANNEL: [...workspace.channels.keys()][0] ?? "",
    }),
  };
}

function named(list: (string | Member)[]): Member[] {
  return list.map((entry) => (typeof entry === "string" ? { id: entry, name: entry } : entry));
}

function waitFor<T>(
  workspace: Workspace,
  look: () => T,
  { timeoutMs = WAIT_MS, what = "something in Slack" }: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      clearTimeout(timer);
      workspace.events.off("change", ask);
      finish();
    };
    const ask = () => {
      try {
        const found = look();
        if (found) end(() => resolve(found));
      } catch (failure) {
        end(() => reject(failure));
      }
    };
    const timer = setTimeout(() => {
      const last = workspace.messages.slice(-3).map((m) => m.text.slice(0, 200));
      end(() =>
        reject(new Error(`waited ${timeoutMs} ms for ${what}; last messages: ${JSON.stringify(last)}`)),
      );
    }, timeoutMs);
    workspace.events.on("change", ask);
    ask();
  });
}
