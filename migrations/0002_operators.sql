-- What operators may do about mails, and what they see of them. Times are UTC microseconds.

-- Claims that do not count as attempts: taken back with nothing of the mail written, or before a person had it sent anew.
ALTER TABLE mail ADD COLUMN uncounted BIGINT NOT NULL DEFAULT 0;

-- What a person decided about it last, and who; later attempts leave it as it is.
ALTER TABLE mail ADD COLUMN decided TEXT;

-- How fast mails go: those sent lately.
CREATE INDEX mail_sent ON mail (changed_at, edition) WHERE state = 3;

-- Since when, and why, an edition's mails wait for a person.
ALTER TABLE edition ADD COLUMN paused_at BIGINT;
ALTER TABLE edition ADD COLUMN paused_why TEXT;

-- When the operators were told how it went. Of editions that were over before this version nobody is told.
ALTER TABLE edition ADD COLUMN reported_at BIGINT;
UPDATE edition SET reported_at = released_at WHERE NOT EXISTS
    (SELECT 1 FROM mail WHERE mail.edition = edition.id AND mail.state IN (0, 1, 2, 4));
CREATE INDEX edition_unreported ON edition (id) WHERE reported_at IS NULL;
