import { refuse } from "./api-answer.ts";
import { judgeMessage, judgeView } from "./limits.ts";
import { isObject } from "./readable.ts";
import type { JsonObject } from "./types.ts";

/**
 * `blocks.validate` (https://docs.slack.dev/reference/methods/blocks.validate): exactly one of `blocks`, `message` and
 * `view`; what is wrong comes as a list of errors, each with the JSON pointer of the member at fault, counted from
 * what was sent. It judges by the same tables as every other method here.
 */
export function validate(args: JsonObject): JsonObject {
  const given = (["blocks", "message", "view"] as const).filter((name) => args[name] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1)
    return refuse("invalid_arguments", ["exactly one of blocks, message and view must be given"]);
  const sent = args[kind];
  const message = isObject(sent) ? sent.blocks : undefined;
  const verdict = kind === "view" ? judgeView(sent) : judgeMessage(kind === "message" ? message : sent);
  if (verdict === null) return { ok: true };
  const root = { blocks: "/blocks", message: "", view: "/view" }[kind];
  return { ok: false, error: `invalid_${kind}`, errors: verdict.errors.map((text) => located(text, root)) };
}

/** One fault of the tables (`what [json-pointer:/view/blocks/0]`) as an error of this method. */
function located(text: string, root: string): JsonObject {
  const [, what = text, pointer = ""] = /^(.*) \[json-pointer:([^\]]*)\]$/s.exec(text) ?? [];
  return { pointer: pointer.slice(root.length), code: "failed_constraint", message: what };
}
