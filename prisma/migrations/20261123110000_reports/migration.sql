-- Statistics look for what was issued, and for what was decided, in a span of time.
CREATE INDEX certificate_versions_issued_at_idx ON certificate_versions (issued_at);
CREATE INDEX audit_entries_action_at_idx ON audit_entries (action, at);
