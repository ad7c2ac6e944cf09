import type { Case, StaffTask } from "../../core/case.ts";
import {
  type CertificateVersion,
  type Guarantee,
  isIssued,
  latestCertificate,
} from "../../core/guarantee/guarantee.ts";
import type { Contractor, Orderer, OrdererMailbox, Registered } from "../../core/registry.ts";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { Prisma } from "../generated/client.ts";
import * as shape from "./shapes.ts";

/** Rows to the values of core and back. Reading checks every JSON column; writing relies on core's types. */

export const ORDERER = {
  mailboxes: { orderBy: { position: "asc" } },
} as const satisfies Prisma.OrdererInclude;
export type OrdererRow = Prisma.OrdererGetPayload<{ include: typeof ORDERER }>;

export const CONTRACTOR = {
  addresses: { orderBy: { position: "asc" } },
} as const satisfies Prisma.ContractorInclude;
export type ContractorRow = Prisma.ContractorGetPayload<{ include: typeof CONTRACTOR }>;

export const GUARANTEE = {
  certificates: { orderBy: { position: "asc" } },
} as const satisfies Prisma.GuaranteeInclude;
export type GuaranteeRow = Prisma.GuaranteeGetPayload<{ include: typeof GUARANTEE }>;

export const CASE = {
  orderer: { include: ORDERER },
  contractor: { include: CONTRACTOR },
  guarantees: { include: GUARANTEE },
  tasks: { orderBy: { since: "asc" } },
} as const satisfies Prisma.CaseInclude;
export type CaseRow = Prisma.CaseGetPayload<{ include: typeof CASE }>;

export function toOrderer(row: OrdererRow): Registered<Orderer> {
  const { name, certificateName, prefecture, branch, slackChannel, acceptance, routes, amounts, dryRun } =
    row;
  const mailboxes = row.mailboxes.map(
    ({ address, domain, office, products, validFrom, validUntil, confirmed }) => ({
      ...{ address, domain, office, products, confirmed },
      ...{ from: validFrom, until: validUntil },
    }),
  );
  const orderer = {
    name,
    certificateName,
    prefecture,
    branch,
    slackChannel,
    acceptance,
    routes,
    amounts,
    dryRun,
    mailboxes,
  };
  return { id: row.id, ...ordererSchema.parse(orderer) };
}

export function toContractor(row: ContractorRow): Registered<Contractor> {
  const { name, address, representative, lumpFee, branch } = row;
  const addresses = row.addresses.map((entry) => entry.address);
  return {
    id: row.id,
    ...contractorSchema.parse({ name, address, representative, addresses, lumpFee, branch }),
  };
}

/** @param undelivered counted over the letters out, which are no part of the row (`read-cases.ts`). */
export function toCase(row: CaseRow, undelivered: Case["undelivered"]): Case {
  return {
    id: row.id,
    receiptNumber: row.receiptNumber,
    version: row.version,
    openedAt: row.openedAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    origin: shape.origin.parse(row.origin),
    letterId: row.letterId,
    senderAddress: row.senderAddress,
    trust: shape.senderTrust.parse(row.trust),
    application: shape.application.parse(row.application),
    problems: shape.problems.parse(row.problems),
    checks: shape.checks.parse(row.checks),
    reviews: shape.reviews.parse(row.reviews),
    ended: shape.caseEnded.parse(row.ended),
    tasks: row.tasks.map((task) => toTask(task, row.guarantees)),
    undelivered,
    orderer: row.orderer === null ? null : toOrderer(row.orderer),
    contractor: row.contractor === null ? null : toContractor(row.contractor),
    guarantees: row.guarantees.map(toGuarantee).sort(inOrderOfProducts),
  };
}

function toTask(row: CaseRow["tasks"][number], guarantees: CaseRow["guarantees"]): StaffTask {
  const guarantee = guarantees.find(({ id }) => id === row.guaranteeId);
  const { id, guaranteeId, doneAt } = row;
  return {
    ...{ id, guaranteeId, task: shape.task.parse(row.task), since: row.since.toISOString() },
    kind: shape.guaranteeKind.parse(guarantee?.kind),
    done: doneAt === null ? null : { by: shape.actor.parse(row.doneBy), at: doneAt.toISOString() },
  };
}

/** A guarantee has the facts of its status; a row without them is damaged, and that is said, not mended. */
export function toGuarantee(row: GuaranteeRow): Guarantee {
  const common = {
    id: row.id,
    kind: shape.guaranteeKind.parse(row.kind),
    requested: shape.requested.parse(row.requested),
  };
  const damaged = () =>
    new Error(`guarantee ${row.id} is stored as ${row.status} without the facts of that status`);
  switch (row.status) {
    case "applied":
      return { ...common, status: row.status };
    case "returned":
    case "declined":
    case "withdrawn":
      if (row.reason === null) throw damaged();
      return { ...common, status: row.status, reason: row.reason };
    case "accepted":
      return { ...common, status: row.status, fee: shape.fee.parse(row.fee) };
    case "awaiting_approval": {
      const request = shape.issueRequest.parse(row.request);
      const approval = row.approval === null ? null : shape.approval.parse(row.approval);
      return { ...common, status: row.status, fee: shape.fee.parse(row.fee), request, approval };
    }
    case "in_force":
    case "cancelled":
    case "released": {
      const { number, endedOn } = row;
      if (number === null) throw damaged();
      const issued = {
        ...common,
        fee: shape.fee.parse(row.fee),
        number,
        certificates: row.certificates.map(toCertificate),
      };
      if (row.status === "in_force") {
        const change = row.change === null ? null : shape.changeRequest.parse(row.change);
        return { ...issued, status: row.status, change };
      }
      if (endedOn === null || row.reason === null) throw damaged();
      return { ...issued, status: row.status, on: endedOn, reason: row.reason };
    }
    default:
      throw damaged();
  }
}

function toCertificate(row: GuaranteeRow["certificates"][number]): CertificateVersion {
  const { position, serial, endedHow, endedAt } = row;
  return {
    ...{ position, serial, content: shape.certificateContent.parse(row.content) },
    ...{ issuedAt: row.issuedAt.toISOString(), heldFrom: row.heldFrom.toISOString() },
    ended:
      endedHow === null || endedAt === null
        ? null
        : { how: shape.endedHow.parse(endedHow), at: endedAt.toISOString() },
  };
}

/** The columns of a guarantee's status; those it does not have are emptied. A reserved number stands in `number`. */
export function guaranteeColumns(guarantee: Guarantee) {
  const approval = "approval" in guarantee ? guarantee.approval : null;
  const change = "change" in guarantee ? guarantee.change : null;
  return {
    kind: guarantee.kind,
    status: guarantee.status,
    requested: json(guarantee.requested),
    fee: "fee" in guarantee ? json(guarantee.fee) : Prisma.DbNull,
    request: "request" in guarantee ? json(guarantee.request) : Prisma.DbNull,
    approval: approval === null ? Prisma.DbNull : json(approval),
    number: "number" in guarantee ? guarantee.number : (approval?.number ?? null),
    reason: "reason" in guarantee ? guarantee.reason : null,
    endedOn: "on" in guarantee ? guarantee.on : null,
    change: change === null ? Prisma.DbNull : json(change),
    until: isIssued(guarantee) ? latestCertificate(guarantee).content.guaranteeUntil : null,
  };
}

export function certificateColumns(guarantees: readonly Guarantee[]) {
  return guarantees.flatMap((guarantee) =>
    "certificates" in guarantee
      ? guarantee.certificates.map(({ position, serial, content, issuedAt, heldFrom, ended }) => ({
          ...{ guaranteeId: guarantee.id, position, serial, content: json(content) },
          ...{ issuedAt: new Date(issuedAt), heldFrom: new Date(heldFrom) },
          ...{ endedHow: ended?.how ?? null, endedAt: ended === null ? null : new Date(ended.at) },
        }))
      : [],
  );
}

/** How a mailbox is looked up. A domain answers for exactly itself, not for those below it. */
export function lookupOf({ address, domain }: Pick<OrdererMailbox, "address" | "domain">): string {
  return (address ?? `@${domain}`).toLowerCase();
}

function inOrderOfProducts(a: Guarantee, b: Guarantee): number {
  return GUARANTEE_KINDS.indexOf(a.kind) - GUARANTEE_KINDS.indexOf(b.kind);
}

/** A plain value for a JSON column. Core's values are data: no functions, dates or undefined members. */
export function json(value: object): Prisma.InputJsonObject {
  return value as Prisma.InputJsonObject;
}

/** The driver wants bytes of its own, not a view into somebody's buffer. */
export function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(value);
}

/** Bytes as the driver gives them (a `Buffer`), as core knows them; the same memory. */
export function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
