import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { type Guarantee, latestCertificate } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { LetterAttachment, LetterContent } from "../letters.ts";
import { submissionDrafts } from "../orderers/draft.ts";
import type { Desk } from "../ports.ts";
import type { NewDocument } from "../rows/cases.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { certificateData, noticeData } from "./draw.ts";
import { contractorMailbox, sendLetter } from "./send.ts";

const PDF = "application/pdf";

/** One issued guarantee and its documents, in memory only. */
interface Drawn {
  guarantee: Extract<Guarantee, { status: "in_force" }>;
  certificate: Uint8Array;
  /** `null` for a guarantee on paper: it has no key. */
  notice: Uint8Array | null;
}

/**
 * Draws and stores what two people approved in a case (job `desk.issue`). Documents are drawn outside any
 * transaction; then one transaction stores certificates, sealed notices, audit entries and outbox rows. Running it
 * again, after a crash or by a second worker, finds nothing left to do and changes nothing.
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
  const issued = decide(guarantee, { type: "issue", at });
  if (!issued.ok || issued.value.status !== "in_force") return null;
  const { number } = issued.value;
  const { content, serial } = latestCertificate(issued.value);
  const certificate = await desk.documents.drawCertificate(
    certificateData(desk, content, number, serial, at),
  );
  if (content.medium === "paper") return { guarantee: issued.value, certificate, notice: null };
  if (sealedKey === undefined) throw new Error(`guarantee ${guarantee.id} was approved without a key`);
  const key = new TextDecoder().decode(desk.sealer.unseal(sealedKey));
  const notice = await desk.documents.drawNotice(noticeData(desk, content, number, key, at));
  return { guarantee: issued.value, certificate, notice };
}

/** The approval that was drawn is the approval that still stands. */
function sameApproval(found: Case, approved: Case, guaranteeId: string): boolean {
  const now = found.guarantees.find((g) => g.id === guaranteeId);
  const then = approved.guarantees.find((g) => g.id === guaranteeId);
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
  for (const { guarantee, certificate, notice } of drawn) {
    const cause = `issue:${guarantee.id}:0`;
    const names = desk.documents.fileNames(guarantee.number, 0);
    const saved = document(desk, guarantee.id, "certificate", names.certificate, false, certificate);
    await tx.saveDocument(saved);
    if (notice !== null) {
      await tx.saveDocument(
        document(desk, guarantee.id, "notice", names.notice, true, desk.sealer.seal(notice)),
      );
      notices.push({ filename: names.notice, contentType: PDF, content: notice });
    }
    const electronic = notice !== null;
    const { kind, number } = guarantee;
    await tx.addSlack(
      { kind: "thread", cause, caseId: found.id, content: { event: "issued", kind, number, electronic } },
      at,
    );
    await tx.addSlack(
      {
        kind: "file",
        cause,
        caseId: found.id,
        documentId: saved.id,
        filename: names.certificate,
        title: names.certificate,
      },
      at,
    );
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: "issued",
      caseId: found.id,
      guaranteeId: guarantee.id,
      cause,
      data: { number, serial: 0, electronic },
    });
  }
  await tx.addSlack({ kind: "card", caseId: found.id }, at);
  await tellContractor(desk, tx, found, drawn, notices, at);
}

/** The key goes only to an address registered for the contractor. */
async function tellContractor(
  desk: Desk,
  tx: Transaction,
  found: Case,
  drawn: readonly Drawn[],
  notices: LetterAttachment[],
  at: Instant,
): Promise<void> {
  const to = contractorMailbox(found, found.application.completionEmail);
  if (to === null) {
    const reason = "contractor_without_address";
    await tx.addSlack(
      {
        kind: "thread",
        cause: `issue:${found.id}`,
        caseId: found.id,
        content: { event: "issue_failed", reason },
      },
      at,
    );
    return;
  }
  const content: LetterContent = {
    template: "issued",
    receiptNumber: found.receiptNumber,
    certificates: drawn.map(({ guarantee, notice }) => ({
      number: guarantee.number,
      kind: guarantee.kind,
      version: latestCertificate(guarantee),
      electronic: notice !== null,
    })),
    drafts: submissionDrafts(
      found,
      drawn.map((d) => d.guarantee),
      notices.map((n) => n.filename),
      desk.documents.productName,
      dayInTokyo(at),
    ),
  };
  const cause = `issue:${drawn.map((d) => d.guarantee.id).join(",")}`;
  await sendLetter(
    desk,
    tx,
    { cause, to, caseId: found.id, answers: null, replyTo: null, content, attachments: notices },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "desk" },
    action: "key_sent",
    caseId: found.id,
    guaranteeId: null,
    cause,
    data: { to, notices: notices.map((n) => n.filename) },
  });
}

function document(
  desk: Desk,
  guaranteeId: string,
  kind: NewDocument["kind"],
  filename: string,
  sealed: boolean,
  bytes: Uint8Array,
): NewDocument {
  return { id: desk.newId(), guaranteeId, serial: 0, kind, filename, sealed, bytes };
}
