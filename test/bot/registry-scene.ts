import { writeFileSync } from "node:fs";
import pg from "pg";
import { readable } from "../sandbox/slack/readable.ts";
import type { Ephemeral, Message, Seen, View } from "../sandbox/slack/types.ts";
import type { Scene } from "./scene.ts";

/** Two registrars, an approver, a clerk; one registrar has a second Slack account, written with wide digits. */
const PEOPLE = [
  { slack: "U_CLERK", employee: "1001", name: "佐藤 一郎", roles: ["clerk"] },
  { slack: "U_BOSS", employee: "1002", name: "鈴木 花子", roles: ["approver"] },
  { slack: "U_REG", employee: "1004", name: "田中 三郎", roles: ["registrar"] },
  { slack: "U_TWIN", employee: "１００４", name: "田中 三郎", roles: ["registrar", "approver"] },
  { slack: "U_BOTH", employee: "1003", name: "高橋 次郎", roles: ["registrar"] },
];

/** What the tests of the registries share: people at the desk's keyboard, and what they see. */
export function registryScene(scene: Scene) {
  writeFileSync(scene.staffFile, JSON.stringify(PEOPLE));
  const { slack } = scene;
  const person = (id: string) => slack.person(id);
  /** A screen that only this person saw; the last of several. */
  const shown = (seen: Seen): Ephemeral => {
    const last = seen.ephemerals.at(-1);
    if (last === undefined) throw new Error(`nothing shown: ${seen.error ?? ""}`);
    return last;
  };
  const opened = (seen: Seen): View => {
    if (seen.view === undefined) throw new Error(`no modal: ${seen.text}`);
    return seen.view;
  };
  /** The latest message of the desk's channel with these words. */
  const told = (words: string): Promise<Message> =>
    slack.waitFor(
      () =>
        slack
          .messages("C_DESK")
          .filter((m) => readable(m).includes(words))
          .at(-1),
      { what: words, timeoutMs: 10_000 },
    );
  const look = async (id: string, words: string) => shown(await person(id).command("/hosho", words));
  /** What confirms a closed modal comes a moment after it. */
  const answered = async (seen: Seen): Promise<Seen> => {
    if (seen.closed) await slack.waitFor(() => seen.text, { what: "an answer" });
    return seen;
  };
  /** 変更 up to the proposal. */
  const propose = async (id: string, name: string, values: Record<string, string>) => {
    const screen = await look(id, `受注者 ${name}`);
    return answered(await person(id).submit(opened(await person(id).click(screen, "変更")), values));
  };
  const register = async (id: string, values: Record<string, string>) => {
    const screen = await look(id, `受注者 ${values.受注者の名称 ?? "無い名前"}`);
    return answered(await person(id).submit(opened(await person(id).click(screen, "新しく登録")), values));
  };
  /** The button of the desk's channel, up to the submitted modal. */
  const confirm = async (id: string, on: Message) => {
    const seen = await person(id).click(on, "確認する");
    return answered(await person(id).submit(opened(seen), { 内容の確認: true }));
  };
  const query = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: scene.database.url });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  return { person, shown, opened, told, look, propose, register, confirm, query };
}
