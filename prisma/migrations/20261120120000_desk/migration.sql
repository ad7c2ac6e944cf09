-- The first shape of the desk's tables. Never edit a migration that was applied somewhere: add another.

CREATE TABLE "orderers" (
  "id" TEXT NOT NULL,
  "prefecture" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "certificate_name" TEXT NOT NULL,
  "folded_name" TEXT NOT NULL,
  "folded_certificate_name" TEXT NOT NULL,
  "branch" TEXT,
  "slack_channel" TEXT,
  "acceptance" JSONB NOT NULL,
  "routes" JSONB NOT NULL,
  "amounts" JSONB NOT NULL,
  "dry_run" BOOLEAN NOT NULL,
  "changed_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "orderers_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "orderers_prefecture_name_key" ON "orderers" ("prefecture", "name");
CREATE INDEX "orderers_folded_name_idx" ON "orderers" ("folded_name");
CREATE INDEX "orderers_folded_certificate_name_idx" ON "orderers" ("folded_certificate_name");

-- "lookup" is the lower-cased address, or "@" and the lower-cased domain.
CREATE TABLE "mailboxes" (
  "orderer_id" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "address" TEXT,
  "domain" TEXT,
  "office" TEXT,
  "products" TEXT[],
  "valid_from" TEXT,
  "valid_until" TEXT,
  "confirmed" BOOLEAN NOT NULL,
  "lookup" TEXT NOT NULL,
  CONSTRAINT "mailboxes_pkey" PRIMARY KEY ("orderer_id", "position"),
  CONSTRAINT "mailboxes_orderer_id_fkey" FOREIGN KEY ("orderer_id") REFERENCES "orderers" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "mailboxes_address_or_domain" CHECK (("address" IS NULL) <> ("domain" IS NULL))
);
CREATE INDEX "mailboxes_lookup_idx" ON "mailboxes" ("lookup");

CREATE TABLE "contractors" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "folded_name" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "representative" TEXT NOT NULL,
  "lump_fee" BOOLEAN NOT NULL,
  "branch" TEXT,
  "changed_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "contractors_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "contractors_name_key" ON "contractors" ("name");
CREATE INDEX "contractors_folded_name_idx" ON "contractors" ("folded_name");

CREATE TABLE "contractor_addresses" (
  "contractor_id" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "address" TEXT NOT NULL,
  "lookup" TEXT NOT NULL,
  CONSTRAINT "contractor_addresses_pkey" PRIMARY KEY ("contractor_id", "position"),
  CONSTRAINT "contractor_addresses_contractor_id_fkey" FOREIGN KEY ("contractor_id") REFERENCES "contractors" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "contractor_addresses_lookup_idx" ON "contractor_addresses" ("lookup");

CREATE TABLE "registry_history" (
  "id" BIGSERIAL NOT NULL,
  "registry" TEXT NOT NULL,
  "entry_id" TEXT NOT NULL,
  "replaced_at" TIMESTAMPTZ(3) NOT NULL,
  "before" JSONB NOT NULL,
  CONSTRAINT "registry_history_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "registry_history_registry" CHECK ("registry" IN ('orderer', 'contractor'))
);
CREATE INDEX "registry_history_entry_id_idx" ON "registry_history" ("entry_id");

CREATE TABLE "letters" (
  "id" TEXT NOT NULL,
  "mailbox" TEXT NOT NULL,
  "uid_validity" BIGINT NOT NULL,
  "uid" BIGINT NOT NULL,
  "received_at" TIMESTAMPTZ(3) NOT NULL,
  "content_key" TEXT NOT NULL,
  "duplicate_of" TEXT,
  "sealed_raw" BYTEA,
  "size" INTEGER NOT NULL,
  "oversize" BOOLEAN NOT NULL,
  "answerable" BOOLEAN NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "kind" TEXT,
  "from_address" TEXT,
  "subject" TEXT,
  "message_id" TEXT,
  "authentication_results" TEXT,
  "trust" TEXT,
  "case_id" TEXT,
  "reason" TEXT,
  CONSTRAINT "letters_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "letters_state" CHECK ("state" IN ('stored', 'answered', 'noted', 'for_staff', 'not_answered', 'parked')),
  CONSTRAINT "letters_raw_once" CHECK (("sealed_raw" IS NULL) = ("duplicate_of" IS NOT NULL))
);
-- A place names a letter for ever (RFC 9051 2.3.1.1); the same content is read once however often it is delivered.
CREATE UNIQUE INDEX "letters_mailbox_uid_validity_uid_key" ON "letters" ("mailbox", "uid_validity", "uid");
CREATE UNIQUE INDEX "letters_original_content" ON "letters" ("content_key") WHERE "duplicate_of" IS NULL;
CREATE INDEX "letters_content_key_idx" ON "letters" ("content_key");
CREATE INDEX "letters_case_id_idx" ON "letters" ("case_id");

CREATE TABLE "cases" (
  "id" TEXT NOT NULL,
  "receipt_number" TEXT NOT NULL,
  "version" INTEGER NOT NULL DEFAULT 1,
  "opened_at" TIMESTAMPTZ(3) NOT NULL,
  "letter_id" TEXT NOT NULL,
  "sender_address" TEXT NOT NULL,
  "trust" TEXT NOT NULL,
  "application" JSONB NOT NULL,
  "problems" JSONB NOT NULL,
  "checks" JSONB NOT NULL,
  "orderer_id" TEXT,
  "contractor_id" TEXT,
  CONSTRAINT "cases_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "cases_orderer_id_fkey" FOREIGN KEY ("orderer_id") REFERENCES "orderers" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "cases_contractor_id_fkey" FOREIGN KEY ("contractor_id") REFERENCES "contractors" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "cases_trust" CHECK ("trust" IN ('authenticated', 'registered', 'other'))
);
CREATE UNIQUE INDEX "cases_receipt_number_key" ON "cases" ("receipt_number");
CREATE INDEX "cases_opened_at_idx" ON "cases" ("opened_at");

CREATE TABLE "guarantees" (
  "id" TEXT NOT NULL,
  "case_id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "number" TEXT,
  "requested" JSONB NOT NULL,
  "fee" JSONB,
  "request" JSONB,
  "approval" JSONB,
  "reason" TEXT,
  "ended_on" TEXT,
  CONSTRAINT "guarantees_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "guarantees_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "cases" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "guarantees_kind" CHECK ("kind" IN ('advance_payment', 'interim_advance_payment', 'performance')),
  CONSTRAINT "guarantees_number_form" CHECK ("number" ~ '^[0-9]{5}-[0-9]{6}$'),
  -- The life cycle (core/guarantee/guarantee.ts): each status has exactly the facts that it can have.
  CONSTRAINT "guarantees_facts" CHECK (
    CASE "status"
      WHEN 'applied' THEN num_nonnulls("number", "fee", "request", "approval", "reason", "ended_on") = 0
      WHEN 'returned' THEN "reason" IS NOT NULL AND num_nonnulls("number", "fee", "request", "approval", "ended_on") = 0
      WHEN 'accepted' THEN "fee" IS NOT NULL AND num_nonnulls("number", "request", "approval", "reason", "ended_on") = 0
      WHEN 'awaiting_approval' THEN num_nonnulls("fee", "request") = 2 AND num_nonnulls("reason", "ended_on") = 0
        AND ("approval" ->> 'number') IS NOT DISTINCT FROM "number"
      WHEN 'in_force' THEN num_nonnulls("number", "fee") = 2 AND num_nonnulls("request", "approval", "reason", "ended_on") = 0
      WHEN 'cancelled' THEN num_nonnulls("number", "fee", "ended_on") = 3 AND num_nonnulls("request", "approval", "reason") = 0
      WHEN 'released' THEN num_nonnulls("number", "fee", "ended_on") = 3 AND num_nonnulls("request", "approval", "reason") = 0
      WHEN 'declined' THEN "reason" IS NOT NULL AND num_nonnulls("number", "fee", "request", "approval", "ended_on") = 0
      WHEN 'withdrawn' THEN "reason" IS NOT NULL AND num_nonnulls("number", "fee", "request", "approval", "ended_on") = 0
      ELSE FALSE
    END
  )
);
CREATE UNIQUE INDEX "guarantees_number_key" ON "guarantees" ("number");
CREATE UNIQUE INDEX "guarantees_case_id_kind_key" ON "guarantees" ("case_id", "kind");
CREATE INDEX "guarantees_status_idx" ON "guarantees" ("status");

CREATE TABLE "certificate_versions" (
  "guarantee_id" TEXT NOT NULL,
  "serial" INTEGER NOT NULL,
  "content" JSONB NOT NULL,
  "issued_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "certificate_versions_pkey" PRIMARY KEY ("guarantee_id", "serial"),
  CONSTRAINT "certificate_versions_guarantee_id_fkey" FOREIGN KEY ("guarantee_id") REFERENCES "guarantees" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "certificate_versions_serial" CHECK ("serial" >= 0)
);

CREATE TABLE "sealed_keys" (
  "guarantee_id" TEXT NOT NULL,
  "sealed" BYTEA NOT NULL,
  CONSTRAINT "sealed_keys_pkey" PRIMARY KEY ("guarantee_id"),
  CONSTRAINT "sealed_keys_guarantee_id_fkey" FOREIGN KEY ("guarantee_id") REFERENCES "guarantees" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "documents" (
  "id" TEXT NOT NULL,
  "guarantee_id" TEXT NOT NULL,
  "serial" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "filename" TEXT NOT NULL,
  "sealed" BOOLEAN NOT NULL,
  "bytes" BYTEA NOT NULL,
  CONSTRAINT "documents_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "documents_guarantee_id_fkey" FOREIGN KEY ("guarantee_id") REFERENCES "guarantees" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  -- A notice carries the key: it never lies here in the clear.
  CONSTRAINT "documents_notice_sealed" CHECK ("kind" = 'certificate' OR ("kind" = 'notice' AND "sealed"))
);
CREATE UNIQUE INDEX "documents_guarantee_id_serial_kind_key" ON "documents" ("guarantee_id", "serial", "kind");

CREATE TABLE "outbound_letters" (
  "id" TEXT NOT NULL,
  "cause" TEXT NOT NULL,
  "template" TEXT NOT NULL,
  "case_id" TEXT,
  "recipient" TEXT NOT NULL,
  "message_id" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "sealed_bytes" BYTEA NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "changed_at" TIMESTAMPTZ(3) NOT NULL,
  "retry_at" TIMESTAMPTZ(3),
  "detail" TEXT,
  CONSTRAINT "outbound_letters_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "outbound_letters_state" CHECK ("state" IN ('pending', 'sending', 'sent', 'refused', 'parked'))
);
-- The same cause never sends the same kind of letter twice.
CREATE UNIQUE INDEX "outbound_letters_cause_template_key" ON "outbound_letters" ("cause", "template");
CREATE UNIQUE INDEX "outbound_letters_message_id_key" ON "outbound_letters" ("message_id");
CREATE INDEX "outbound_letters_case_id_idx" ON "outbound_letters" ("case_id");
CREATE INDEX "outbound_letters_state_idx" ON "outbound_letters" ("state");

CREATE TABLE "slack_messages" (
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "cause" TEXT NOT NULL,
  "case_id" TEXT,
  "post" JSONB NOT NULL,
  "state" TEXT NOT NULL,
  "stale" BOOLEAN NOT NULL DEFAULT FALSE,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "channel" TEXT,
  "ts" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "changed_at" TIMESTAMPTZ(3) NOT NULL,
  "retry_at" TIMESTAMPTZ(3),
  "detail" TEXT,
  CONSTRAINT "slack_messages_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "slack_messages_kind" CHECK ("kind" IN ('card', 'thread', 'file', 'desk')),
  CONSTRAINT "slack_messages_state" CHECK ("state" IN ('pending', 'sending', 'sent', 'refused', 'parked'))
);
-- A card's cause is its case: one card a case.
CREATE UNIQUE INDEX "slack_messages_cause_kind_key" ON "slack_messages" ("cause", "kind");
CREATE INDEX "slack_messages_case_id_idx" ON "slack_messages" ("case_id");
CREATE INDEX "slack_messages_state_idx" ON "slack_messages" ("state");

CREATE TABLE "audit_entries" (
  "serial" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "actor" JSONB NOT NULL,
  "action" TEXT NOT NULL,
  "case_id" TEXT,
  "guarantee_id" TEXT,
  "cause" TEXT NOT NULL,
  "data" JSONB NOT NULL,
  "previous_hash" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("serial")
);
CREATE INDEX "audit_entries_case_id_idx" ON "audit_entries" ("case_id");

CREATE TABLE "verification_attempts" (
  "id" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "letter_id" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "orderer_id" TEXT,
  "number" TEXT NOT NULL,
  "outcome" TEXT NOT NULL,
  "failed" BOOLEAN NOT NULL,
  "guarantee_id" TEXT,
  CONSTRAINT "verification_attempts_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "verification_attempts_number_at_idx" ON "verification_attempts" ("number", "at");
CREATE INDEX "verification_attempts_guarantee_id_idx" ON "verification_attempts" ("guarantee_id");

CREATE TABLE "strangers_told" (
  "address" TEXT NOT NULL,
  "day" TEXT NOT NULL,
  CONSTRAINT "strangers_told_pkey" PRIMARY KEY ("address", "day")
);

CREATE TABLE "counters" (
  "name" TEXT NOT NULL,
  "value" BIGINT NOT NULL,
  CONSTRAINT "counters_pkey" PRIMARY KEY ("name")
);
