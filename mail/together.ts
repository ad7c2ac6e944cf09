/**
 * Gathers the like acts of several letters and does them in one transaction: what comes while one is under way goes with
 * the next. Nobody waits longer than for the one under way, and a crowd costs one commit instead of one each.
 */
export function together<Item, Result>(
  doAll: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      // Those that are ready in this very moment still come along.
      await new Promise((resolve) => setImmediate(resolve));
      const group = waiting.splice(0, GROUP_MAX);
      await settle(group, doAll);
    }
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void run();
    });
}

/** Acts of one transaction: enough to share its cost, few enough not to hold rows for long. */
const GROUP_MAX = 25;

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (reason: unknown) => void;
}

/** A group that fails is done again one by one, so that one letter's trouble stays its own. */
async function settle<Item, Result>(
  group: readonly Waiting<Item, Result>[],
  doAll: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await doAll(group.map(({ item }) => item));
    for (const [at, { resolve }] of group.entries()) resolve(results[at] as Result);
  } catch (error) {
    if (group.length === 1) for (const { reject } of group) reject(error);
    else for (const one of group) await settle([one], doAll);
  }
}
