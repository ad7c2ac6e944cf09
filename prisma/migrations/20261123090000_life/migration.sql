-- The whole life of a guarantee: versions that are corrected or withdrawn, changes that wait for a second person.

-- A version is named by its place in the order of issue; serials repeat when a certificate is rectified.
ALTER TABLE "certificate_versions" ADD COLUMN "position" INTEGER;
UPDATE "certificate_versions" SET "position" = "serial";
ALTER TABLE "certificate_versions" ALTER COLUMN "position" SET NOT NULL;
ALTER TABLE "certificate_versions" ADD COLUMN "held_from" TIMESTAMPTZ(3);
UPDATE "certificate_versions" SET "held_from" = "issued_at";
ALTER TABLE "certificate_versions" ALTER COLUMN "held_from" SET NOT NULL;
ALTER TABLE "certificate_versions" ADD COLUMN "ended_how" TEXT;
ALTER TABLE "certificate_versions" ADD COLUMN "ended_at" TIMESTAMPTZ(3);
ALTER TABLE "certificate_versions" DROP CONSTRAINT "certificate_versions_pkey";
ALTER TABLE "certificate_versions" ADD CONSTRAINT "certificate_versions_pkey" PRIMARY KEY ("guarantee_id", "position");
ALTER TABLE "certificate_versions" ADD CONSTRAINT "certificate_versions_position" CHECK ("position" >= "serial");
ALTER TABLE "certificate_versions" ADD CONSTRAINT "certificate_versions_ended" CHECK (
  ("ended_how" IS NULL) = ("ended_at" IS NULL) AND "ended_how" IN ('rectified', 'withdrawn')
);
-- Of each serial one version holds.
CREATE UNIQUE INDEX "certificate_versions_holding" ON "certificate_versions" ("guarantee_id", "serial")
  WHERE "ended_how" IS NULL;

ALTER TABLE "documents" RENAME COLUMN "serial" TO "position";
ALTER INDEX "documents_guarantee_id_serial_kind_key" RENAME TO "documents_guarantee_id_position_kind_key";

ALTER TABLE "guarantees" ADD COLUMN "change" JSONB;
-- The last day of the promise, as the certificate that holds says: who expires when is looked up by it.
ALTER TABLE "guarantees" ADD COLUMN "until" TEXT;
UPDATE "guarantees" SET "until" = (
  SELECT "content" ->> 'guaranteeUntil' FROM "certificate_versions" v
  WHERE v."guarantee_id" = "guarantees"."id" ORDER BY "position" DESC LIMIT 1
);
CREATE INDEX "guarantees_status_until_idx" ON "guarantees" ("status", "until");
ALTER TABLE "guarantees" DROP CONSTRAINT "guarantees_facts";
-- An end had no reason before; nobody can say it now.
UPDATE "guarantees" SET "reason" = '-' WHERE "status" IN ('cancelled', 'released') AND "reason" IS NULL;
-- The life cycle (core/guarantee/guarantee.ts): each status has exactly the facts that it can have.
ALTER TABLE "guarantees" ADD CONSTRAINT "guarantees_facts" CHECK (
  CASE "status"
    WHEN 'applied' THEN num_nonnulls("number", "fee", "request", "approval", "reason", "ended_on", "change", "until") = 0
    WHEN 'returned' THEN "reason" IS NOT NULL
      AND num_nonnulls("number", "fee", "request", "approval", "ended_on", "change", "until") = 0
    WHEN 'accepted' THEN "fee" IS NOT NULL
      AND num_nonnulls("number", "request", "approval", "reason", "ended_on", "change", "until") = 0
    WHEN 'awaiting_approval' THEN num_nonnulls("fee", "request") = 2
      AND num_nonnulls("reason", "ended_on", "change", "until") = 0
      AND ("approval" ->> 'number') IS NOT DISTINCT FROM "number"
    WHEN 'in_force' THEN num_nonnulls("number", "fee", "until") = 3
      AND num_nonnulls("request", "approval", "reason", "ended_on") = 0
    WHEN 'cancelled' THEN num_nonnulls("number", "fee", "ended_on", "reason", "until") = 5
      AND num_nonnulls("request", "approval", "change") = 0
    WHEN 'released' THEN num_nonnulls("number", "fee", "ended_on", "reason", "until") = 5
      AND num_nonnulls("request", "approval", "change") = 0
    WHEN 'declined' THEN "reason" IS NOT NULL
      AND num_nonnulls("number", "fee", "request", "approval", "ended_on", "change", "until") = 0
    WHEN 'withdrawn' THEN "reason" IS NOT NULL
      AND num_nonnulls("number", "fee", "request", "approval", "ended_on", "change", "until") = 0
    ELSE FALSE
  END
);

-- A case may have come by phone or on paper, has a time of its last change, and words to be found by.
ALTER TABLE "cases" ALTER COLUMN "letter_id" DROP NOT NULL;
ALTER TABLE "cases" ADD COLUMN "origin" TEXT NOT NULL DEFAULT 'mail';
ALTER TABLE "cases" ADD COLUMN "changed_at" TIMESTAMPTZ(3);
UPDATE "cases" SET "changed_at" = "opened_at";
ALTER TABLE "cases" ALTER COLUMN "changed_at" SET NOT NULL;
ALTER TABLE "cases" ADD COLUMN "reviews" JSONB NOT NULL DEFAULT '[]';
ALTER TABLE "cases" ADD COLUMN "ended" JSONB;
ALTER TABLE "cases" ADD COLUMN "search" TEXT NOT NULL DEFAULT '';
-- Near enough for what lies here already; whatever is saved from now on is folded by the program.
UPDATE "cases" SET "search" = upper(normalize(concat_ws(E'\n', "application" ->> 'worksTitle',
  "application" ->> 'worksNumber', "application" ->> 'ordererName', "application" ->> 'contractorName',
  "application" ->> 'jointVentureName'), NFKC));
-- The applicant was asked what nobody can accept an application without (core/case-state.ts waitsForApplicant).
ALTER TABLE "cases" ADD COLUMN "asked" BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE "cases" c SET "asked" = TRUE WHERE EXISTS (
  SELECT FROM jsonb_array_elements(c."problems") AS p
  WHERE (p ->> 'field' IN ('ordererName', 'contractorName', 'worksTitle', 'contractPriceYen', 'worksFrom', 'worksUntil',
      'contractDate', 'guarantees', 'application')
    AND (NOT EXISTS (SELECT FROM "guarantees" g WHERE g."case_id" = c."id")
      OR EXISTS (SELECT FROM "guarantees" g WHERE g."case_id" = c."id" AND g."status" = 'applied')))
    OR EXISTS (SELECT FROM "guarantees" g WHERE g."case_id" = c."id" AND g."status" = 'applied'
      AND p ->> 'field' IN ('guarantees.' || g."kind" || '.form', 'guarantees.' || g."kind" || '.guaranteedYen',
        'guarantees.' || g."kind" || '.depositBank', 'guarantees.' || g."kind" || '.fiscalYearYen'))
);
ALTER TABLE "cases" ADD CONSTRAINT "cases_origin" CHECK (
  "origin" IN ('mail', 'phone', 'paper') AND ("origin" = 'mail') = ("letter_id" IS NOT NULL)
);

-- Four eyes, also for whoever writes past the program: one decision a version, by another employee than the maker's.
CREATE TABLE "decisions" (
  "subject" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "verdict" TEXT NOT NULL,
  "what" TEXT NOT NULL,
  "content_hash" TEXT NOT NULL,
  "maker_employee" TEXT NOT NULL,
  "maker_name" TEXT NOT NULL,
  "checker_employee" TEXT NOT NULL,
  "checker_name" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "approvals" INTEGER NOT NULL,
  CONSTRAINT "decisions_pkey" PRIMARY KEY ("subject", "version"),
  CONSTRAINT "decisions_verdict" CHECK ("verdict" IN ('approved', 'refused', 'taken_back')),
  CONSTRAINT "decisions_four_eyes" CHECK (
    "approvals" IN (1, 2)
    AND ("verdict" <> 'approved' OR "approvals" = 1 OR "maker_employee" <> "checker_employee")
    AND ("verdict" <> 'taken_back' OR "maker_employee" = "checker_employee")
  )
);

CREATE TABLE "staff_tasks" (
  "id" TEXT NOT NULL,
  "case_id" TEXT NOT NULL,
  "guarantee_id" TEXT NOT NULL,
  "task" TEXT NOT NULL,
  "since" TIMESTAMPTZ(3) NOT NULL,
  "done_at" TIMESTAMPTZ(3),
  "done_by" JSONB,
  CONSTRAINT "staff_tasks_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "staff_tasks_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "cases" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "staff_tasks_guarantee_id_fkey" FOREIGN KEY ("guarantee_id") REFERENCES "guarantees" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "staff_tasks_task" CHECK ("task" IN ('post_certificate', 'post_receipt')),
  CONSTRAINT "staff_tasks_done" CHECK (("done_at" IS NULL) = ("done_by" IS NULL))
);
CREATE INDEX "staff_tasks_case_id_idx" ON "staff_tasks" ("case_id");
CREATE INDEX "staff_tasks_open" ON "staff_tasks" ("since") WHERE "done_at" IS NULL;
CREATE INDEX "cases_changed_at_idx" ON "cases" ("changed_at");
-- A change that waits for its checker is looked for on every list.
CREATE INDEX "guarantees_change" ON "guarantees" ("case_id") WHERE "change" IS NOT NULL;
