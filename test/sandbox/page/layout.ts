import type { LoopbackMail } from "../mail-types.ts";
import type { LoopbackSlack } from "../slack/start.ts";
import { Html, html } from "./html.ts";
import { renderLetterForm, renderLetters } from "./letters.ts";
import { renderSlack } from "./messages.ts";

export interface PageWorld {
  slack: LoopbackSlack;
  mail: LoopbackMail;
  /** Names of the PDFs to list. */
  files: () => string[];
  titles: Readonly<Record<string, string>>;
}

export interface PageState {
  /** The Slack person whose screen is shown. */
  as: string;
  token: string;
  notice: string;
}

const STYLE = `
body{font:15px/1.6 sans-serif;margin:0;background:#f4f4f2;color:#222}
header{background:#26413c;color:#fff;padding:.6em 1em}header a{color:#fff}
main{display:grid;grid-template-columns:1fr 1fr;gap:1em;padding:1em}
section{min-width:0}h2{font-size:1.05em;border-bottom:2px solid #26413c}
article,details{background:#fff;border:1px solid #ccc;border-radius:6px;padding:.5em .8em;margin:.5em 0}
article article{margin-left:1.5em}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.3em 0}
form{display:inline}form.block{display:block;background:#fff;border:1px solid #ccc;border-radius:6px;padding:.8em}
input,textarea,select{width:100%;box-sizing:border-box;font:inherit}input[type=checkbox]{width:auto}
button{font:inherit;margin:.2em .2em .2em 0}form.primary button{background:#007a5a;color:#fff}form.danger button{background:#c01343;color:#fff}.quiet{color:#666;font-size:.9em}
.modal{border:2px solid #26413c}.notice{background:#fff3cd;padding:.6em 1em;white-space:pre-wrap}
@media(max-width:900px){main{grid-template-columns:1fr}}`;

export async function renderPage(world: PageWorld, state: PageState): Promise<string> {
  const { mail } = world;
  const files = world.files();
  const page = html`<!doctype html><html lang="ja"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>hosho-desk demo</title><style>${new Html(STYLE)}</style>
<header><strong>hosho-desk</strong> 体験用の画面（この機械の中だけで動きます）
 <a href="/?as=${state.as}">表示を更新 Reload</a></header>
${state.notice !== "" && html`<div class="notice" role="status">${state.notice}</div>`}
<main><section><h2>メール Mail</h2>
${renderLetterForm(mail.users, state)}
${await renderLetters(mail, state)}
<h2>書類 PDF</h2>${files.length === 0 && html`<p class="quiet">まだありません。</p>`}
<ul>${files.map((name) => html`<li><a href="/pdf/${encodeURIComponent(name)}">${name}</a></li>`)}</ul>
</section><section><h2>Slack</h2>
${renderSlack(world, state)}
</section></main></html>`;
  return page.text;
}
