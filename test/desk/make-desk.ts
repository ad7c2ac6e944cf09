import { randomBytes, randomUUID } from "node:crypto";
import { ownIds } from "../../core/own-id.ts";
import type { Desk, DeskPolicy } from "../../core/ports.ts";
import { sealerFromKey } from "../../core/seal.ts";
import type { Store } from "../../core/store.ts";
import { composer } from "../../mail/smtp/compose.ts";
import { documentPort } from "../../templates/documents/port.ts";
import { loadWords } from "../../templates/words.ts";

export const GUARANTOR: DeskPolicy["guarantor"] = {
  name: "見本建設業保証株式会社",
  address: "東京都中央区見本1-1",
  representative: "代表取締役 見本 太郎",
};
const DESK_ADDRESS = "desk@hosho.example";

/** A desk on this store as `main.ts` makes it; without caps, fee tables and words for kinds of works. */
export function makeDesk(
  store: Store,
  parts: { sealKey?: string; now?: Desk["now"]; policy?: Partial<DeskPolicy> } = {},
): Desk {
  const { now = () => new Date().toISOString(), sealKey = randomBytes(32).toString("base64") } = parts;
  const policy: DeskPolicy = {
    ...{ guarantor: GUARANTOR, deskAddress: DESK_ADDRESS, approvals: 2, mailTrust: "registered" },
    ...{ verifyFailuresMax: 5, caps: { sender: 0, domain: 0, case: 0, global: 0 } },
    ...{ workKindWords: [], fees: () => [], ...parts.policy },
  };
  const { guarantor, deskAddress: from } = policy;
  const ids = ownIds([sealKey]);
  return {
    ...{ store, now, newId: randomUUID, random: (length) => randomBytes(length) },
    ...{ sealer: sealerFromKey(sealKey), documents: documentPort(), recheck: () => [], policy },
    compose: composer({ from, guarantor, words: loadWords(), now, ids, verp: false }),
  };
}
