-- What an edition was made on, beside its files: the program's architecture, and the fonts that are in the program. Of earlier
-- editions nobody knows.

ALTER TABLE edition ADD COLUMN architecture TEXT NOT NULL DEFAULT '';
ALTER TABLE edition ADD COLUMN fonts TEXT NOT NULL DEFAULT '';
