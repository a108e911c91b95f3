-- Whether the PDF is attached to the mails of an edition (1) or linked by them (0). It was attached to all that are older.

ALTER TABLE edition_text ADD COLUMN attached BIGINT NOT NULL DEFAULT 1;
