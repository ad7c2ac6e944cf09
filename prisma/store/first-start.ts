import type { Instant } from "../../core/terms.ts";
import type { Context } from "./context.ts";

const NAME = "first_start_ms";

/**
 * The moment this database first served a desk, kept among the counters as milliseconds since 1970. Letters that
 * arrived before it are stored and never answered, unless MAIL_GO_LIVE says otherwise.
 */
export async function firstStart({ tx }: Context, now: Instant): Promise<Instant> {
  await tx.counter.createMany({
    data: [{ name: NAME, value: BigInt(Date.parse(now)) }],
    skipDuplicates: true,
  });
  const { value } = await tx.counter.findUniqueOrThrow({ where: { name: NAME } });
  return new Date(Number(value)).toISOString();
}
