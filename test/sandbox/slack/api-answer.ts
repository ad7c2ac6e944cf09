import type { BlocksVerdict } from "./limits.ts";
import type { JsonObject } from "./types.ts";
import type { Workspace } from "./workspace.ts";

export interface ApiContext {
  workspace: Workspace;
  /** `http://127.0.0.1:port` of this server. */
  origin: string;
  /** A fresh address for one Socket Mode connection. */
  socketUrl: () => string;
}

export type Method = (args: JsonObject, context: ApiContext) => JsonObject;

export function refuse(error: string, messages: string[] = []): JsonObject {
  return messages.length === 0
    ? { ok: false, error }
    : { ok: false, error, response_metadata: { messages: messages.map((m) => `[ERROR] ${m}`) } };
}

/** Answers as Slack does when a screen breaks a limit, and keeps it for the test to see. */
export function refuseScreen(workspace: Workspace, where: string, verdict: BlocksVerdict): JsonObject {
  workspace.rejections.push({ where, errors: [verdict.error, ...verdict.errors] });
  return { ...refuse(verdict.error, verdict.errors), errors: verdict.errors };
}
