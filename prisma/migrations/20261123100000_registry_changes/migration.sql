-- Since when an address is registered: a key that was issued before it is not sent there without a second person.
-- Of addresses that stand here already nobody knows; they count from this migration on.
ALTER TABLE contractor_addresses ADD COLUMN since TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- A change of a registry that one person proposes and another one confirms.
CREATE TABLE registry_changes (
  id TEXT NOT NULL,
  registry TEXT NOT NULL,
  -- What may have one open proposal at a time: an entry, a name to be registered, a mailbox.
  subject TEXT NOT NULL,
  version INTEGER NOT NULL,
  -- Null while the entry does not exist.
  entry_id TEXT,
  content JSONB NOT NULL,
  content_hash TEXT NOT NULL,
  maker_employee TEXT NOT NULL,
  maker_name TEXT NOT NULL,
  proposed_at TIMESTAMPTZ(3) NOT NULL,
  state TEXT NOT NULL,
  checker_employee TEXT,
  checker_name TEXT,
  decided_at TIMESTAMPTZ(3),
  reason TEXT,
  -- How many people the desk asked for when it was decided (ISSUE_APPROVALS).
  approvals INTEGER NOT NULL,
  CONSTRAINT registry_changes_pkey PRIMARY KEY (id),
  CONSTRAINT registry_changes_registry CHECK (registry IN ('contractor', 'orderer')),
  CONSTRAINT registry_changes_state CHECK (state IN ('open', 'confirmed', 'refused', 'withdrawn', 'replaced')),
  CONSTRAINT registry_changes_approvals CHECK (approvals IN (1, 2)),
  CONSTRAINT registry_changes_decided CHECK (
    (state = 'open') = (decided_at IS NULL)
    AND (decided_at IS NULL) = (checker_employee IS NULL)
    AND (checker_employee IS NULL) = (checker_name IS NULL)),
  CONSTRAINT registry_changes_refused_with_reason CHECK (state <> 'refused' OR reason IS NOT NULL),
  -- Four eyes: people are told apart by employee number.
  CONSTRAINT registry_changes_four_eyes CHECK (
    state <> 'confirmed' OR approvals = 1 OR maker_employee <> checker_employee)
);
CREATE UNIQUE INDEX registry_changes_subject_version_key ON registry_changes (subject, version);
CREATE UNIQUE INDEX registry_changes_one_open ON registry_changes (subject) WHERE state = 'open';
CREATE INDEX registry_changes_open_idx ON registry_changes (proposed_at) WHERE state = 'open';
CREATE INDEX registry_changes_entry_id_idx ON registry_changes (entry_id);

-- Cases that wait for a contractor or belong to one are looked at again when its registration changes.
CREATE INDEX cases_contractor_id_idx ON cases (contractor_id);
