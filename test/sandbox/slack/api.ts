import { type ApiContext, type Method, refuse } from "./api-answer.ts";
import { chatMethods } from "./api-chat.ts";
import { directoryMethods } from "./api-directory.ts";
import { fileMethods } from "./api-files.ts";
import { validate } from "./api-validate.ts";
import { viewMethods } from "./api-views.ts";
import type { JsonObject } from "./types.ts";

const METHODS: Record<string, Method> = {
  ...chatMethods,
  ...viewMethods,
  ...fileMethods,
  ...directoryMethods,
  "blocks.validate": validate,
  "apps.connections.open": (_args, { socketUrl }) => ({ ok: true, url: socketUrl() }),
};

/** Does what one Web API method does and gives its answer; an unknown method is an answer, too. */
export function callMethod(method: string, args: JsonObject, context: ApiContext): JsonObject {
  const handler = METHODS[method];
  return handler === undefined ? refuse("unknown_method") : handler(args, context);
}
