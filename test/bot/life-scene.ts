import pg from "pg";
import { isIssued } from "../../core/guarantee/guarantee.ts";
import type { Application, GuaranteeKind } from "../../core/terms.ts";
import type { Entry } from "../sandbox/slack/inputs.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Seen, View } from "../sandbox/slack/types.ts";
import type { Scene } from "./scene.ts";

/** What the tests of a guarantee's life share: people at the keyboard, up to where a test begins. */

export const AMOUNTS: Readonly<Record<string, string>> = {
  前払金保証の保証金額: "20,000,000円",
  契約保証の保証金額: "5,000,000円",
};
const SHORT: Readonly<Record<GuaranteeKind, string>> = {
  advance_payment: "前払",
  interim_advance_payment: "中間",
  performance: "契約",
};

export interface LifeCase {
  id: string;
  receiptNumber: string;
}

export function lifeScene(scene: Scene) {
  const { slack, store } = scene;
  const found = async (id: string) => {
    const one = await store.transact((tx) => tx.caseById(id));
    if (one === null) throw new Error("no such case");
    return one;
  };
  const command = (who: string, text: string): Promise<Seen> => slack.person(who).command("/hosho", text);
  const opened = (seen: Seen): View => {
    if (seen.view === undefined) throw new Error(`no modal: ${seen.text}`);
    return seen.view;
  };
  /** A command that opens a modal, and that modal submitted. What confirms it comes a moment after it closed. */
  const submit = async (who: string, view: View, values: Record<string, Entry>): Promise<Seen> => {
    const seen = await slack.person(who).submit(view, values);
    if (seen.closed) await slack.waitFor(() => seen.text, { what: "an answer", timeoutMs: 10_000 });
    return seen;
  };
  const does = async (who: string, text: string, values: Record<string, Entry>): Promise<Seen> =>
    submit(who, opened(await command(who, text)), values);

  /** A case whose fees are paid. */
  const paid = async (changes: Partial<Application> = {}): Promise<LifeCase> => {
    const one = await scene.openCase(changes);
    const { guarantees } = await found(one.id);
    const fees = guarantees.map(() => "65000").join(" ");
    await command("U_CLERK", `引受 ${one.receiptNumber} ${fees}`);
    await command("U_CLERK", `入金 ${one.receiptNumber}`);
    return one;
  };
  /** The same, with the issue asked for by the clerk. */
  const asked = async (changes: Partial<Application> = {}): Promise<LifeCase> => {
    const one = await paid(changes);
    const seen = await does("U_CLERK", `発行 ${one.receiptNumber}`, { 内容の確認: true });
    if (!seen.closed) throw new Error(`not asked for: ${seen.text}`);
    return one;
  };
  /** The whole amounts that the approver's modal asks for, as they stand in it. */
  const amountsOf = (view: View): Record<string, Entry> => {
    const labels = view.blocks
      .map((block) => String(block.block_id))
      .filter((id) => id.startsWith("amount:"));
    const all = [...readable(view).matchAll(/保証金額：([\d,]+円)(?! →)/g)].map(([, amount]) => amount ?? "");
    return Object.fromEntries(labels.map((label, n) => [label, all[n] ?? ""]));
  };
  /** The approver types what stands in the modal. */
  const approve = async (who: string, one: LifeCase): Promise<Seen> => {
    const view = opened(await command(who, `承認 ${one.receiptNumber}`));
    return submit(who, view, amountsOf(view));
  };
  /** Documents have been drawn: everything asked for is in force as it was asked for. */
  const drawn = (one: LifeCase) =>
    until(async () => {
      const { guarantees } = await found(one.id);
      const busy = guarantees.some(
        (g) =>
          (g.status === "awaiting_approval" && g.approval) || (g.status === "in_force" && g.change?.approval),
      );
      return !busy;
    });
  const issued = async (changes: Partial<Application> = {}): Promise<LifeCase> => {
    const one = await asked(changes);
    const seen = await approve("U_BOSS", one);
    if (!seen.closed) throw new Error(`not approved: ${seen.text}`);
    await drawn(one);
    return one;
  };
  const guarantee = async (one: LifeCase, kind: GuaranteeKind) => {
    const of = (await found(one.id)).guarantees.find((g) => g.kind === kind);
    if (of === undefined || !isIssued(of)) throw new Error(`${SHORT[kind]} is not issued`);
    return of;
  };
  /** Letters of a case that leave the desk, by template, oldest first. */
  const letters = (one: LifeCase) =>
    query<{ template: string; to: string; subject: string }>(
      `SELECT template, recipient AS "to", subject FROM outbound_letters WHERE case_id = '${one.id}' ORDER BY created_at, id`,
    );
  const decisions = (one: LifeCase) =>
    query<{ verdict: string; what: string; maker: string; checker: string }>(
      `SELECT verdict, what, maker_employee AS maker, checker_employee AS checker FROM decisions
       WHERE subject IN (SELECT id FROM guarantees WHERE case_id = '${one.id}') ORDER BY at, subject`,
    );
  const actions = async (one: LifeCase): Promise<string[]> =>
    (await scene.audited()).filter(({ caseId }) => caseId === one.id).map(({ action }) => action);
  async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: scene.database.url });
    await client.connect();
    const { rows } = await client.query<Row>(text);
    await client.end();
    return rows;
  }
  return {
    ...{ found, command, opened, submit, does, paid, asked, issued, approve, amountsOf, drawn, guarantee },
    ...{ letters, decisions, actions, query },
  };
}
export type LifeScene = ReturnType<typeof lifeScene>;

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("it did not come to an end");
}
