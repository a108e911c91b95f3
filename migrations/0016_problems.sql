-- Why an edition is held, in full: a JSON list of problems with their places.

ALTER TABLE edition ADD COLUMN problems TEXT;
