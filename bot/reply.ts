import type { Modal, Screen } from "./blocks/kit.ts";

/** What a person gets for one act, as data; `turn.ts` brings it to them. */
export type Reply =
  /** Messages that only this person sees. */
  | { kind: "tell"; screens: Screen[] }
  /** A modal to be opened. */
  | { kind: "open"; modal: Modal }
  /** A submission refused: sentences by block id; the modal stays. */
  | { kind: "errors"; errors: Record<string, string> }
  /** A submission carried out: the modal closes, the screens confirm it. */
  | { kind: "done"; screens: Screen[] };
