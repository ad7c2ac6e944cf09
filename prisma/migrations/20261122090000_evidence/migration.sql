-- Where each value of a letter was read, keys masked; goes when the letter goes.
ALTER TABLE letters ADD COLUMN evidence JSONB;

-- A sender asks where his own cases stand.
CREATE INDEX cases_sender_address_idx ON cases (sender_address);
