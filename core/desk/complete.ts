import type { Case } from "../case.ts";
import { PDF_TYPE } from "../documents.ts";
import {
  type CertificateVersion,
  type Guarantee,
  type IssuedGuarantee,
  latestCertificate,
} from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { LetterAttachment } from "../letters.ts";
import type { Desk } from "../ports.ts";
import type { NewDocument } from "../rows/cases.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { certificateData, noticeData } from "./draw.ts";
import { postLater } from "./tasks.ts";
import { tellOfChange } from "./tell-change.ts";
import { tellIssued } from "./tell-issued.ts";

/** One certificate version that two people have approved, and its documents, in memory only. */
interface Drawn {
  /** As it will be. */
  guarantee: IssuedGuarantee;
  version: CertificateVersion;
  what: "issue" | "amend" | "rectify";
  /** The version that held before; null for the first. */
  before: CertificateVersion | null;
  names: { certificate: string; notice: string };
  certificate: Uint8Array;
  /** `null` for a guarantee on paper: it has no key. */
  notice: Uint8Array | null;
}

/**
 * Draws and stores what two people approved in a case (job `desk.issue`): first certificates, amendments,
 * rectifications. Documents are drawn outside any transaction; then one transaction stores certificates, sealed
 * notices, audit entries and outbox rows. Running it again, after a crash or by a second worker, finds nothing left to
 * do and changes nothing.
 */
export async function completeIssue(desk: Desk, caseId: string): Promise<void> {
  const { approved, sealedKeys } = await desk.store.transact(async (tx) => {
    const found = await tx.caseById(caseId);
    return { approved: found, sealedKeys: await tx.sealedKeys(found?.guarantees.map((g) => g.id) ?? []) };
  });
  if (approved === null) return;
  const at = desk.now();
  const drawn: Drawn[] = [];
  for (const guarantee of approved.guarantees) {
    const one = await draw(desk, guarantee, sealedKeys.get(guarantee.id), at);
    if (one !== null) drawn.push(one);
  }
  if (drawn.length === 0) return;
  await desk.store.transact(async (tx) => {
    const found = await tx.lockCase(caseId);
    if (found === null) return;
    const stillWaiting = drawn.filter((d) => sameApproval(found, approved, d.guarantee.id));
    if (stillWaiting.length > 0) await store(desk, tx, found, stillWaiting, at);
  });
}

async function draw(
  desk: Desk,
  guarantee: Guarantee,
  sealedKey: Uint8Array | undefined,
  at: Instant,
): Promise<Drawn | null> {
  const first = guarantee.status === "awaiting_approval";
  const completed = decide(guarantee, { type: first ? "issue" : "complete_change", at });
  if (!completed.ok || completed.value.status !== "in_force") return null;
  const { number } = completed.value;
  const version = latestCertificate(completed.value);
  const { content, serial } = version;
  const drawn = {
    guarantee: completed.value,
    version,
    what: guarantee.status === "in_force" ? whatOf(guarantee) : ("issue" as const),
    before: guarantee.status === "in_force" ? latestCertificate(guarantee) : null,
    names: desk.documents.fileNames(number, serial),
    certificate: await desk.documents.drawCertificate(certificateData(desk, content, number, serial, at)),
  };
  if (content.medium === "paper") return { ...drawn, notice: null };
  if (sealedKey === undefined) throw new Error(`guarantee ${guarantee.id} was approved without a key`);
  const key = new TextDecoder().decode(desk.sealer.unseal(sealedKey));
  return {
    ...drawn,
    notice: await desk.documents.drawNotice(noticeData(desk, content, number, key, at)),
  };
}

function whatOf({ change }: Extract<Guarantee, { status: "in_force" }>): "amend" | "rectify" {
  return change?.proposed.change === "rectify" ? "rectify" : "amend";
}

/** The approval that was drawn is the approval that still stands. */
function sameApproval(found: Case, approved: Case, guaranteeId: string): boolean {
  const now = found.guarantees.find((g) => g.id === guaranteeId);
  const then = approved.guarantees.find((g) => g.id === guaranteeId);
  if (now?.status === "in_force" && then?.status === "in_force")
    return (
      now.change?.approval != null &&
      now.change.version === then.change?.version &&
      now.change.contentHash === then.change.contentHash
    );
  return (
    now?.status === "awaiting_approval" &&
    then?.status === "awaiting_approval" &&
    now.approval !== null &&
    now.approval.number === then.approval?.number &&
    now.request.contentHash === then.request.contentHash
  );
}

async function store(
  desk: Desk,
  tx: Transaction,
  found: Case,
  drawn: readonly Drawn[],
  at: Instant,
): Promise<void> {
  await tx.saveGuarantees(
    found.id,
    drawn.map((d) => d.guarantee),
  );
  const notices: LetterAttachment[] = [];
  for (const one of drawn) {
    await storeDocuments(desk, tx, one);
    if (one.what === "issue" && one.notice !== null)
      notices.push({ filename: one.names.notice, contentType: PDF_TYPE, content: one.notice });
    await announce(tx, found, one, at);
  }
  await tx.addSlack({ kind: "card", caseId: found.id }, at);
  const onPaper = drawn.filter(({ version }) => version.content.medium === "paper");
  await postLater(
    desk,
    tx,
    found.id,
    "post_certificate",
    onPaper.map((d) => d.guarantee),
    at,
  );
  const issued = drawn.filter(({ what }) => what === "issue");
  if (issued.length > 0) await tellIssued(desk, tx, found, issued, notices, at);
  for (const { guarantee, version, what, before, certificate } of drawn)
    if (what !== "issue")
      await tellOfChange(desk, tx, found, { guarantee, version, change: what, before, certificate }, at);
}

async function storeDocuments(desk: Desk, tx: Transaction, one: Drawn): Promise<void> {
  const { guarantee, version, names, certificate, notice } = one;
  const common = { guaranteeId: guarantee.id, position: version.position };
  const save = (document: Omit<NewDocument, "id" | keyof typeof common>) =>
    tx.saveDocument({ id: documentId(one, document.kind), ...common, ...document });
  await save({ kind: "certificate", filename: names.certificate, sealed: false, bytes: certificate });
  if (notice !== null)
    await save({ kind: "notice", filename: names.notice, sealed: true, bytes: desk.sealer.seal(notice) });
}

/** A version has one document of a kind: its id follows from that. */
function documentId({ guarantee, version }: Drawn, kind: NewDocument["kind"]): string {
  return `${kind}:${guarantee.id}:${version.position}`;
}

/** Thread, certificate and audit entry: what happened and who was right to let it happen. */
async function announce(tx: Transaction, found: Case, one: Drawn, at: Instant): Promise<void> {
  const { guarantee, version, what, before } = one;
  const { kind, number } = guarantee;
  const { serial, position } = version;
  const electronic = one.notice !== null;
  const cause = `issue:${guarantee.id}:${position}`;
  const content =
    what === "issue"
      ? { event: "issued" as const, kind, number, electronic }
      : { event: "changed" as const, change: what, kind, number, serial, electronic };
  await tx.addSlack({ kind: "thread", cause, caseId: found.id, content }, at);
  const { certificate: filename } = one.names;
  // Found again by its title after an interrupted upload: a rectified certificate is another file of the same name.
  const title = position === 0 ? filename : `${filename} (${position})`;
  await tx.addSlack(
    { kind: "file", cause, caseId: found.id, documentId: documentId(one, "certificate"), filename, title },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "desk" },
    action: { issue: "issued", amend: "amended", rectify: "rectified" }[what],
    caseId: found.id,
    guaranteeId: guarantee.id,
    cause,
    data: {
      ...{ number, serial, position, electronic },
      ...(before === null ? {} : { before: before.content, after: version.content }),
    },
  });
}
