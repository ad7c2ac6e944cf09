import { z } from "zod";
import type { ParkedRef } from "../core/desk/recover.ts";
import { GUARANTEE_KINDS } from "../core/terms.ts";

/** What a modal carries along unseen: which case, as of which version, for which products. Ids only. */
const modalMeta = z.object({
  caseId: z.string(),
  version: z.int(),
  only: z.array(z.enum(GUARANTEE_KINDS)).nullable(),
  /** Whether it asks which of the guarantees below are meant: several fit, and none was named. */
  choose: z.boolean().default(false),
  channel: z.string().nullable(),
  /** The guarantees that the modal shows, in its order; `hash` of the content that was shown, where one was. */
  guarantees: z.array(
    z.object({ id: z.string(), kind: z.enum(GUARANTEE_KINDS), hash: z.string().default("") }),
  ),
});
export type ModalMeta = z.infer<typeof modalMeta>;

export function packMeta(meta: ModalMeta): string {
  return JSON.stringify(meta);
}

export function unpackMeta(text: string): ModalMeta {
  return modalMeta.parse(JSON.parse(text));
}

/** The block of a modal in which the products that are meant are ticked, by their ids. */
export const PRODUCTS = "products";

/** What a submission is about: what was ticked, where the modal asks for it; null when nothing was. */
export function chosenProducts(meta: ModalMeta, values: ReadonlyMap<string, string>): ModalMeta | null {
  if (!meta.choose) return meta;
  const ticked = (values.get(PRODUCTS) ?? "").split(",");
  const guarantees = meta.guarantees.filter(({ id }) => ticked.includes(id));
  if (guarantees.length === 0) return null;
  return { ...meta, guarantees, only: guarantees.map(({ kind }) => kind) };
}

/** A button's value, opaque to people: the case and the version of it that the screen shows. */
export function packButton(caseId: string, version: number): string {
  return `${caseId}:${version}`;
}

export function unpackButton(value: string): { caseId: string; version: number } | null {
  const [, caseId, version] = /^([^:]{1,100}):(\d{1,9})$/.exec(value) ?? [];
  return caseId === undefined ? null : { caseId, version: Number(version) };
}

/** The same for a letter that came in: which one, and which page of it. */
export function packLook({ letterId, page }: { letterId: string; page: number }): string {
  return `${letterId}:${page}`;
}

export function unpackLook(value: string): { letterId: string; page: number } | null {
  const [, letterId, page] = /^([^:]{1,100}):(\d{1,4})$/.exec(value) ?? [];
  return letterId === undefined ? null : { letterId, page: Number(page) };
}

/** The same for a letter that waits for a person: which one, and as of which attempt to send it. */
export function packParked(ref: ParkedRef): string {
  return ref.kind === "in" ? `in:${ref.id}` : `out:${ref.id}:${ref.attempt}`;
}

export function unpackParked(value: string): ParkedRef | null {
  const [, received] = /^in:([^:]{1,100})$/.exec(value) ?? [];
  if (received !== undefined) return { kind: "in", id: received };
  const [, id, attempt] = /^out:([^:]{1,100}):(\d{1,9})$/.exec(value) ?? [];
  return id === undefined ? null : { kind: "out", id, attempt: Number(attempt) };
}
