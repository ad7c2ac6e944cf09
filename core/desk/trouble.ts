import type { Desk } from "../ports.ts";

/**
 * Tells staff that the mail engine needs a person, once.
 * @param code worded in `templates/ja/slack.json` under `engine`; `detail` fills its placeholders and holds no secret.
 * @param once names the occasion (a day, a hour, a term): the same trouble of the same occasion is told once.
 */
export async function tellTrouble(
  desk: Pick<Desk, "store" | "now">,
  code: string,
  detail: Record<string, string>,
  once: string,
): Promise<void> {
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    const cause = `trouble:${code}:${once}`;
    await tx.addSlack({ kind: "desk", cause, content: { event: "engine_trouble", code, detail } }, at);
  });
}
