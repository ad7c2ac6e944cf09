-- The mail engine: leaders with epochs, leases, doubt, order within a sender, folders, time to live.

ALTER TABLE "letters"
  ADD COLUMN "serial" BIGSERIAL NOT NULL,
  ADD COLUMN "sender" TEXT,
  ADD COLUMN "header_key" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "finished_at" TIMESTAMPTZ(3),
  ADD COLUMN "filed" TEXT,
  ADD COLUMN "uncapped" BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN "erased_at" TIMESTAMPTZ(3),
  DROP CONSTRAINT "letters_state",
  DROP CONSTRAINT "letters_raw_once";
ALTER TABLE "letters" ALTER COLUMN "header_key" DROP DEFAULT;
-- Letters of before are done with; when exactly is not known any more.
UPDATE "letters" SET "finished_at" = "received_at" WHERE "state" <> 'stored';
ALTER TABLE "letters"
  ADD CONSTRAINT "letters_state" CHECK ("state" IN ('stored', 'answered', 'noted', 'for_staff', 'not_answered', 'parked', 'closed')),
  ADD CONSTRAINT "letters_raw_once" CHECK (
    ("sealed_raw" IS NULL) = ("duplicate_of" IS NOT NULL OR "erased_at" IS NOT NULL)
  );
CREATE UNIQUE INDEX "letters_serial_key" ON "letters" ("serial");
CREATE INDEX "letters_sender_idx" ON "letters" ("sender");
-- Which letters still have to be done, wait for a person, or lie where they came in.
CREATE INDEX "letters_unfinished" ON "letters" ("sender", "serial") WHERE "state" = 'stored' AND "answerable";
CREATE INDEX "letters_parked" ON "letters" ("serial") WHERE "state" = 'parked';
CREATE INDEX "letters_unfiled" ON "letters" ("mailbox", "uid_validity", "uid")
  WHERE "filed" IS NULL AND "state" <> 'stored' AND "answerable";

ALTER TABLE "outbound_letters"
  ADD COLUMN "envelope_from" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "holder" INTEGER,
  ADD COLUMN "leased_until" TIMESTAMPTZ(3),
  ADD COLUMN "doubt_since" TIMESTAMPTZ(3),
  ADD COLUMN "answers_to" TEXT,
  ADD COLUMN "answers_domain" TEXT,
  ADD COLUMN "erased_at" TIMESTAMPTZ(3),
  ALTER COLUMN "sealed_bytes" DROP NOT NULL,
  DROP CONSTRAINT "outbound_letters_state";
ALTER TABLE "outbound_letters" ALTER COLUMN "envelope_from" DROP DEFAULT;
ALTER TABLE "outbound_letters"
  ADD CONSTRAINT "outbound_letters_state" CHECK ("state" IN ('pending', 'sending', 'ambiguous', 'sent', 'refused', 'parked', 'closed')),
  -- Finished bytes are there as long as anything may still be sent.
  ADD CONSTRAINT "outbound_letters_bytes" CHECK ("sealed_bytes" IS NOT NULL OR "erased_at" IS NOT NULL),
  ADD CONSTRAINT "outbound_letters_doubt" CHECK (("state" = 'ambiguous') <= ("doubt_since" IS NOT NULL));
CREATE INDEX "outbound_letters_recipient_idx" ON "outbound_letters" ("recipient");
CREATE INDEX "outbound_letters_answers" ON "outbound_letters" ("created_at") WHERE "answers_to" IS NOT NULL;

ALTER TABLE "slack_messages"
  ADD COLUMN "holder" INTEGER,
  ADD COLUMN "leased_until" TIMESTAMPTZ(3),
  DROP CONSTRAINT "slack_messages_state";
ALTER TABLE "slack_messages"
  ADD CONSTRAINT "slack_messages_state" CHECK ("state" IN ('pending', 'sending', 'ambiguous', 'sent', 'refused', 'parked', 'closed'));

-- Addresses that were refused for good; nothing goes there until staff say so.
CREATE TABLE "suppressed_addresses" (
  "address" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "outbound_id" TEXT NOT NULL,
  "since" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "suppressed_addresses_pkey" PRIMARY KEY ("address")
);

-- One process at a time holds an office; what it writes carries the epoch of its term.
CREATE TABLE "offices" (
  "name" TEXT NOT NULL,
  "epoch" BIGINT NOT NULL,
  "pid" INTEGER NOT NULL,
  "beat_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "offices_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "duties" (
  "name" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "left" JSONB NOT NULL,
  CONSTRAINT "duties_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "kept_tokens" (
  "account" TEXT NOT NULL,
  "configured" TEXT NOT NULL,
  "sealed" BYTEA NOT NULL,
  "kept_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "kept_tokens_pkey" PRIMARY KEY ("account")
);

-- Every process that works has a number; a lock on it tells that it is alive.
CREATE SEQUENCE "process_numbers" AS INTEGER CYCLE;
