import type { Letter, LoopbackMail } from "../mail-types.ts";
import { type Html, html, ownFields } from "./html.ts";
import type { PageState } from "./layout.ts";

/** Writes a letter as anybody, known or not; the first user is the desk and the usual recipient. */
export function renderLetterForm(users: string[], state: PageState): Html {
  const [desk = "", ...others] = users;
  return html`<form class="block" method="post" action="/mail">${ownFields(state)}
<label>差出人 From <input name="from" list="people" value="${others[0] ?? desk}"></label>
<datalist id="people">${[...others, desk].map((user) => html`<option value="${user}"></option>`)}</datalist>
<label>宛先 To <input name="to" value="${desk}"></label>
<label>件名 Subject <input name="subject"></label>
<label>本文 Text <textarea name="text" rows="6"></textarea></label>
<button>送信 Send</button></form>`;
}

export async function renderLetters(mail: LoopbackMail, state: PageState): Promise<Html> {
  const boxes = await Promise.all(
    mail.users.map(async (user) => ({ user, letters: await mail.inbox(user) })),
  );
  return html`${boxes.map(
    ({ user, letters }) => html`<details open><summary>${user}（${letters.length}通）</summary>
${letters.toReversed().map((letter) => renderLetter(user, letter, state))}</details>`,
  )}`;
}

function renderLetter(user: string, letter: Letter, state: PageState): Html {
  const link = (name: string | undefined, i: number) =>
    html`<li><a href="/letter/${encodeURIComponent(user)}/${letter.uid}/${i}">${name ?? "添付"}</a></li>`;
  return html`<details><summary>${letter.subject || "（件名なし）"} <span class="quiet">${letter.from}</span></summary>
<p class="quiet">${letter.from} → ${letter.to.join(", ")}</p><pre>${letter.text}</pre>
<ul>${letter.attachments.map(({ filename }, i) => link(filename, i))}</ul>
<form method="post" action="/answer">${ownFields(state)}
<input type="hidden" name="box" value="${user}"><input type="hidden" name="uid" value="${letter.uid}">
<label>宛先 To <input name="to" value="${letter.from}"></label>
<label>本文 Text <textarea name="text" rows="3"></textarea></label>
<button name="how" value="reply">返信 Reply</button>
<button name="how" value="forward">添付を付けて転送 Forward</button></form></details>`;
}
