import type { Fault } from "./types.ts";

/** Faults waiting to strike, by Web API method, `upload`, `response_url` or `*`. */
export class FaultPlan {
  readonly #waiting = new Map<string, { fault: Fault; left: number }[]>();

  add(method: string, fault: Fault): void {
    const list = this.#waiting.get(method) ?? [];
    list.push({ fault, left: fault.times ?? 1 });
    this.#waiting.set(method, list);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** The fault that strikes this call, first planned first. */
  take(method: string): Fault | undefined {
    for (const name of [method, "*"]) {
      const next = this.#waiting.get(name)?.find((planned) => planned.left > 0);
      if (next === undefined) continue;
      next.left -= 1;
      return next.fault;
    }
    return undefined;
  }
}
