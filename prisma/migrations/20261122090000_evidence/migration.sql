-- Where each value of a letter was read, keys masked; goes when the letter goes.
ALTER TABLE letters ADD COLUMN evidence JSONB;
