import type { Entry } from "../slack/inputs.ts";
import type { Ephemeral, Message, Seen, View } from "../slack/types.ts";
import type { PageWorld } from "./layout.ts";

/** Does what a form asks for as the person it names; the words to show afterwards. Throws what the world throws. */
export async function act(path: string, form: URLSearchParams, world: PageWorld): Promise<string> {
  const does = ACTS[path];
  if (does === undefined) throw new Error("no such act");
  return does(form, world);
}

/** One bare address; what a mail program would refuse, too. */
const ADDRESS = /^[^@\s<>,;]{1,64}@[a-z0-9.-]{1,190}$/;

type Act = (form: URLSearchParams, world: PageWorld) => Promise<string>;

const ACTS: Record<string, Act> = {
  "/mail": async (form, { mail }) => {
    const from = field(form, "from").trim().toLowerCase();
    if (!ADDRESS.test(from)) throw new Error("差出人は user@example.jp の形で入力してください。");
    // Whoever writes has a mailbox: answers must arrive somewhere.
    await mail.join(from);
    await mail.send(from, {
      to: field(form, "to"),
      subject: field(form, "subject"),
      text: field(form, "text"),
    });
    return "送信しました。";
  },
  "/answer": answerLetter,
  "/command": async (form, { slack }) => {
    const [command = "", ...rest] = field(form, "command")
      .trim()
      .split(/[ \u3000]+/);
    const seen = await slack
      .person(field(form, "as"))
      .command(command, rest.join(" "), { channel: field(form, "channel") });
    return told(seen);
  },
  "/home": async (form, world) => {
    const home = await person(form, world).openHome();
    return home === undefined ? "ホームは表示されませんでした。" : "";
  },
  "/click": async (form, world) => {
    const index = Number(field(form, "index"));
    const seen = await person(form, world).click(screenOf(form, world), field(form, "action"), { index });
    return told(seen);
  },
  "/choose": async (form, world) =>
    told(
      await person(form, world).choose(screenOf(form, world), field(form, "action"), field(form, "option")),
    ),
  "/submit": async (form, world) => {
    const view = viewOf(form, world);
    const values: Record<string, Entry> = {};
    for (const block of view.blocks.filter(({ type }) => type === "input")) {
      const id = String(block.block_id);
      const given = form.getAll(`in:${id}`);
      const many = /checkboxes|multi_/.test(JSON.stringify(block.element ?? ""));
      values[id] = many ? given : (given[0] ?? "");
    }
    const seen = await person(form, world).submit(view, values);
    return told(seen);
  },
  "/close": async (form, world) => {
    await person(form, world).closeView();
    return "";
  },
};

async function answerLetter(form: URLSearchParams, { mail }: PageWorld): Promise<string> {
  const box = field(form, "box");
  const letter = (await mail.inbox(box)).find(({ uid }) => String(uid) === field(form, "uid"));
  if (letter === undefined) throw new Error("このメールは見つかりません。");
  const forward = field(form, "how") === "forward";
  const attachments = forward
    ? letter.attachments.map(({ filename, contentType, bytes }) => ({
        filename: filename ?? "attachment",
        contentType,
        content: bytes,
      }))
    : [];
  const text = field(form, "text");
  await mail.send(box, {
    to: field(form, "to"),
    subject: `${forward ? "Fwd" : "Re"}: ${letter.subject}`,
    text: forward ? `${text}\n\n---------- 転送メール ----------\n${letter.text}` : text,
    attachments,
    ...(forward ? {} : { inReplyTo: letter.messageId }),
  });
  return "送信しました。";
}

function field(form: URLSearchParams, name: string): string {
  return form.get(name) ?? "";
}

function person(form: URLSearchParams, { slack }: PageWorld) {
  return slack.person(field(form, "as"));
}

function viewOf(form: URLSearchParams, { slack }: PageWorld): View {
  const view = slack.view(field(form, "as"));
  if (view === undefined || view.id !== field(form, "view"))
    throw new Error("この画面はもう開いていません。");
  return view;
}

function screenOf(form: URLSearchParams, world: PageWorld): Message | Ephemeral | View {
  const { slack } = world;
  const ts = field(form, "ts");
  const home = slack.home(field(form, "as"));
  if (field(form, "kind") === "home" && home !== undefined) return home;
  if (field(form, "kind") === "view") return viewOf(form, world);
  const found =
    field(form, "kind") === "ephemeral"
      ? slack.ephemerals(field(form, "as")).find((shown) => shown.ts === ts)
      : [slack.messages(), slack.messages().flatMap((root) => slack.thread(root.channel, root.ts))]
          .flat()
          .find((message) => message.channel === field(form, "channel") && message.ts === ts);
  if (found === undefined) throw new Error("このメッセージはもうありません。");
  return found;
}

/** Errors and ephemerals; a modal is on the page itself. */
function told(seen: Seen): string {
  const errors = seen.errors.map(({ label, message }) => `${label}: ${message}`);
  return [seen.error ?? "", ...errors].filter((line) => line !== "").join("\n");
}
