import type { DeskEvent, ThreadEvent } from "../../core/announcements.ts";
import type { Say } from "../words.ts";
import { type Block, buttons } from "./kit.ts";
import { letterButtons } from "./letter.ts";
import { registryEventButtons } from "./registry.ts";

/** The buttons below what the thread and the desk's channel say. */

/** What a letter about a case asks people for, and the deed whose modal its message opens. */
export const ASKED_FOR = { withdrawal: "withdraw", correction_too_late: "review" } as const;

/** `thread.withdraw` and so on: their buttons name a case, and no version of it. */
export function threadActionId(deed: string): string {
  return `thread.${deed}`;
}

/** Where a letter was read there is something to look at; of one that was not, or speaks for no person, the letter alone. */
export function buttonsAt(event: ThreadEvent | DeskEvent, say: Say): Block[] {
  switch (event.event) {
    case "opened":
    case "corrected":
    case "stranger_asked":
      return letterButtons(event.letterId, ["reading", "original"], say);
    case "letter_received":
      return letterButtons(
        event.letterId,
        event.kind === "automatic" ? ["original"] : ["reading", "original"],
        say,
      );
    case "letter_for_staff":
      return letterButtons(event.letterId, event.parked ? ["original"] : ["reading", "original"], say);
    case "registry_requested":
      return registryEventButtons(event, say);
    default:
      return [];
  }
}

/** Nothing happens by a letter alone: its message has a button to what it asks for. */
export function deedButtons(event: ThreadEvent, caseId: string | null, say: Say): Block[] {
  if (event.event !== "letter_received" || caseId === null) return [];
  const { kind, reason } = event;
  const deed =
    kind === "withdrawal"
      ? ASKED_FOR.withdrawal
      : reason === "correction_too_late"
        ? ASKED_FOR.correction_too_late
        : null;
  if (deed === null) return [];
  return buttons("asked", [{ action: threadActionId(deed), label: say(`button.${deed}`), value: caseId }]);
}
