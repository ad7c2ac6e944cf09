import { replace, show } from "./api-views.ts";
import { isObject } from "./readable.ts";
import { errorsOn } from "./seen.ts";
import type { Json, JsonObject, Seen, View } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** What the acknowledgement of a submission asks for: nothing closes the modal. */
export function afterSubmit(
  workspace: Workspace,
  view: View,
  answer: Json,
): { closed?: boolean; errors?: Seen["errors"]; refusal?: JsonObject } {
  const asked = isObject(answer) ? answer : {};
  const where = `ack of ${view.callbackId}`;
  if (asked.response_action === "errors") {
    const errors = isObject(asked.errors) ? errorsOn(view, asked.errors) : null;
    if (errors !== null) return { errors };
    workspace.rejections.push({ where, errors: ["errors must name input blocks of the view"] });
    return { refusal: { error: "invalid_errors" } };
  }
  if (asked.response_action === "update" || asked.response_action === "push") {
    const push = asked.response_action === "push";
    const sent = asked.view;
    const result = push
      ? show(workspace, view.user, sent, true, where)
      : replace(workspace, view, sent, where);
    return "error" in result ? { refusal: result.error } : {};
  }
  const all = asked.response_action === "clear";
  workspace.setStack(view.user, all ? [] : workspace.stack(view.user).filter((open) => open.id !== view.id));
  return { closed: true };
}
