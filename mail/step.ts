import type { Transaction } from "../core/store.ts";

/** A store of which only some rows are used: says at the signature what a piece of work may touch. */
export interface StoreOf<K extends keyof Transaction> {
  transact<T>(work: (tx: Pick<Transaction, K>) => Promise<T>): Promise<T>;
}
