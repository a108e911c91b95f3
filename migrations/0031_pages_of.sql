-- A mail to operators that brings the PDFs of an edition, which it does not deliver.

ALTER TABLE mail ADD COLUMN pages_of BIGINT;
