import type { Block, Screen } from "../../bot/blocks/kit.ts";

/** A screen with its name, as it is sent. */
export type ScreenFixture =
  | { name: string; kind: "message"; payload: { text: string; blocks: Block[] } }
  | { name: string; kind: "view"; payload: { type: string; blocks: Block[] } };

export function messages(name: string, screens: readonly Screen[]): ScreenFixture[] {
  return screens.map(({ text, blocks }, page) => ({
    name: screens.length === 1 ? name : `${name} ${page + 1}/${screens.length}`,
    kind: "message",
    payload: { text, blocks },
  }));
}
