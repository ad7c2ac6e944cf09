import type { LoopbackSlack } from "../slack/start.ts";
import type { Ephemeral, Message, View } from "../slack/types.ts";
import { renderBlock, renderBlocks } from "./blocks.ts";
import { type Html, html, ownFields } from "./html.ts";
import type { PageState, PageWorld } from "./layout.ts";
import { renderModal } from "./modal.ts";

export function renderSlack({ slack, titles }: PageWorld, state: PageState): Html {
  const view = slack.view(state.as);
  const people = slack.people();
  // Direct messages are those of one person; the page shows nobody another's.
  const channels = slack.channels().filter(({ id }) => !id.startsWith("D_"));
  const title = (id: string) => (titles[id] === undefined ? "" : `（${titles[id]}）`);
  return html`<p>${people.map(({ id, name }) =>
    id === state.as
      ? html`<strong>${name}${title(id)}</strong> `
      : html`<a href="/?as=${encodeURIComponent(id)}">${name}${title(id)}</a> `,
  )}<span class="quiet">の画面</span></p>
<form class="block" method="post" action="/command">${ownFields(state)}
<label>チャンネル Channel <select name="channel">${channels.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}</select></label>
<label>コマンド Command <input name="command" value="/hosho "></label><button>実行 Run</button></form>
${view !== undefined && renderModal(view, ownFields(state))}
${slack
  .ephemerals(state.as)
  .toReversed()
  .slice(0, 5)
  .map((shown) => renderEphemeral(shown, state))}
${renderHome(slack.home(state.as), state)}
${renderChannel(slack, `D_${state.as}`, "ダイレクトメッセージ Direct messages", state)}
${channels.map(({ id, name }) => renderChannel(slack, id, `#${name}`, state))}`;
}

/** The app's home tab as this person last opened it; answers to its buttons arrive as direct messages. */
function renderHome(home: View | undefined, state: PageState): Html {
  const place = { kind: "home", view: home?.id ?? "" };
  const counts = new Map<string, number>();
  return html`<details ${home !== undefined && "open"}><summary>ホーム Home</summary>
<form method="post" action="/home">${ownFields(state)}<button>ホームを開く Open home</button></form>
${home?.blocks.map((block) => renderBlock(block, place, ownFields(state), counts))}</details>`;
}

function renderChannel(slack: LoopbackSlack, id: string, name: string, state: PageState): Html {
  const roots = slack.messages(id).toReversed();
  if (roots.length === 0) return html``;
  return html`<h3>${name}</h3>${roots.map((root) => {
    const replies = slack.thread(id, root.ts).slice(1);
    return html`<article>${renderMessage(root, state)}
${replies.length > 0 && html`<details open><summary>${replies.length}件の返信</summary>${replies.map((reply) => html`<article>${renderMessage(reply, state)}</article>`)}</details>`}</article>`;
  })}`;
}

function renderMessage(message: Message, state: PageState): Html {
  const place = { kind: "message", channel: message.channel, ts: message.ts };
  return html`${renderBlocks(message, place, ownFields(state))}
${message.files.map(({ id, title }) => html`<p><a href="/slack/${id}">${title}</a></p>`)}`;
}

function renderEphemeral(shown: Ephemeral, state: PageState): Html {
  const place = { kind: "ephemeral", channel: shown.channel, ts: shown.ts };
  return html`<article><span class="quiet">あなただけに表示 Only visible to you</span>${renderBlocks(shown, place, ownFields(state))}</article>`;
}
