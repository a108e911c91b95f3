-- How the files of an import were read, if all of them is in the store, nothing is gone from them and nothing was to be looked
-- at; else empty. The same files, read the same way right after it, change nothing.
ALTER TABLE import ADD COLUMN read_as TEXT NOT NULL DEFAULT '';
