-- The audit log stands as it was written, also for whoever writes past the program with its own rights; that a letter
-- left is an entry of it. The owner of the tables can still drop a trigger: then the chain tells (audit verify).
CREATE TRIGGER audit_entries_kept BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION kept_as_written();
CREATE TRIGGER audit_entries_not_emptied BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written();

-- No row trigger sees a TRUNCATE.
CREATE TRIGGER certificate_versions_not_emptied BEFORE TRUNCATE ON certificate_versions
  FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written();
CREATE TRIGGER registry_changes_not_emptied BEFORE TRUNCATE ON registry_changes
  FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written();

-- As before, and who proposed it by name as well, and which entry it is about: known from the start, or, where the entry
-- does not exist yet, from the decision that makes it.
DROP TRIGGER registry_changes_kept ON registry_changes;
CREATE TRIGGER registry_changes_kept BEFORE UPDATE ON registry_changes
  FOR EACH ROW WHEN (
    OLD.state <> 'open'
    OR (OLD.id, OLD.registry, OLD.subject, OLD.version, OLD.content, OLD.content_hash, OLD.maker_employee,
        OLD.maker_name, OLD.proposed_at)
      IS DISTINCT FROM
      (NEW.id, NEW.registry, NEW.subject, NEW.version, NEW.content, NEW.content_hash, NEW.maker_employee,
        NEW.maker_name, NEW.proposed_at)
    OR (OLD.entry_id IS DISTINCT FROM NEW.entry_id AND (OLD.entry_id IS NOT NULL OR NEW.state = 'open')))
  EXECUTE FUNCTION kept_as_written();
