import type { AppLink } from "./app-link.ts";
import type { Ephemeral, Message, View } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** Whatever a person can click on. */
export type Screen = Message | Ephemeral | View;

/** What a person needs to act: the workspace, the way to the app and addresses for answers. */
export interface World {
  workspace: Workspace;
  link: AppLink;
  responseUrl: (id: string) => string;
}

export function isView(screen: Screen): screen is View {
  return "hash" in screen;
}
