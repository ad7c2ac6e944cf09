-- What was decided and what was issued stands as it was written, also for whoever writes past the program with its own
-- rights. The owner of the tables can still drop a trigger: then the audit chain tells (node main.ts audit verify).
CREATE FUNCTION kept_as_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are kept as they were written', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER decisions_kept BEFORE UPDATE OR DELETE ON decisions
  FOR EACH ROW EXECUTE FUNCTION kept_as_written();
CREATE TRIGGER decisions_not_emptied BEFORE TRUNCATE ON decisions
  FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written();

-- A version ends once; what it says never changes.
CREATE TRIGGER certificate_versions_kept BEFORE UPDATE ON certificate_versions
  FOR EACH ROW WHEN (
    OLD.ended_how IS NOT NULL
    OR (OLD.guarantee_id, OLD.position, OLD.serial, OLD.content, OLD.issued_at, OLD.held_from)
      IS DISTINCT FROM (NEW.guarantee_id, NEW.position, NEW.serial, NEW.content, NEW.issued_at, NEW.held_from))
  EXECUTE FUNCTION kept_as_written();
CREATE TRIGGER certificate_versions_not_deleted BEFORE DELETE ON certificate_versions
  FOR EACH ROW EXECUTE FUNCTION kept_as_written();

-- A proposal is decided once, by somebody else than its maker, and about what it said when it was made.
CREATE TRIGGER registry_changes_kept BEFORE UPDATE ON registry_changes
  FOR EACH ROW WHEN (
    OLD.state <> 'open'
    OR (OLD.id, OLD.registry, OLD.subject, OLD.version, OLD.content, OLD.content_hash, OLD.maker_employee, OLD.proposed_at)
      IS DISTINCT FROM
      (NEW.id, NEW.registry, NEW.subject, NEW.version, NEW.content, NEW.content_hash, NEW.maker_employee, NEW.proposed_at))
  EXECUTE FUNCTION kept_as_written();
CREATE TRIGGER registry_changes_not_deleted BEFORE DELETE ON registry_changes
  FOR EACH ROW EXECUTE FUNCTION kept_as_written();
