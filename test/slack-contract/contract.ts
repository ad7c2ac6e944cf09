import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ScreenFixture } from "../bot/fixture.ts";

/** Asks a workspace's `blocks.validate` whether Slack would take our screens. Nothing is posted. */

const SLACK = "https://slack.com/api/";
/** The method has limits of its own, without a figure ("special rate limits apply"). */
const LIMITED_MAX = 10;
const ANSWER_TIMEOUT_MS = 15_000;
/** When a refusal for the rate comes without a time. */
const RETRY_DEFAULT_S = 5;

const answer = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string().default(""), message: z.string().default("") })).default([]),
});

export interface ContractSettings {
  token: string;
  /** Ends in `/api/`; Slack's own unless told. */
  apiUrl?: string | undefined;
}

/** Asks about each screen, a line each. @returns how many were accepted and refused. @throws when Slack cannot be asked. */
export async function runContract(
  settings: ContractSettings,
  fixtures: readonly ScreenFixture[],
  print: (line: string) => void,
): Promise<{ accepted: number; refused: number }> {
  let refused = 0;
  for (const fixture of fixtures) {
    const faults = await judged(settings, fixture);
    refused += faults.length > 0 ? 1 : 0;
    print(
      [faults.length === 0 ? `accepted  ${fixture.name}` : `REFUSED   ${fixture.name}`, ...faults].join(
        "\n  ",
      ),
    );
  }
  const accepted = fixtures.length - refused;
  print(`${accepted} accepted, ${refused} refused`);
  return { accepted, refused };
}

/** What Slack has against a screen; empty when it takes it. */
async function judged(
  { token, apiUrl = SLACK }: ContractSettings,
  fixture: ScreenFixture,
): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${apiUrl}blocks.validate`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      // Each argument is JSON text, as the method's page has it.
      body: new URLSearchParams({ [fixture.kind]: JSON.stringify(fixture.payload) }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    if (response.status === 429 && attempt < LIMITED_MAX) {
      await response.body?.cancel();
      await sleep(Number(response.headers.get("retry-after") ?? RETRY_DEFAULT_S) * 1000);
      continue;
    }
    if (!response.ok) throw new Error(`Slack answered HTTP ${response.status}`);
    const { ok, error, errors } = answer.parse(await response.json());
    if (ok) return [];
    // Anything but a judgement (a wrong token, say) is no verdict on the screen.
    if (error !== `invalid_${fixture.kind}`) throw new Error(`Slack refused to judge: ${error ?? "unknown"}`);
    return errors.length === 0 ? ["(no reason given)"] : errors.map((one) => `${one.pointer} ${one.message}`);
  }
}
