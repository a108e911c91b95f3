-- What people wrote that goes to the operators, with its text: in a mail of its own, or gathered with others. Times are UTC
-- microseconds.
CREATE TABLE forwarded (
    id {id},
    sha256 TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    whole BIGINT NOT NULL,
    told_at BIGINT
);
CREATE INDEX forwarded_sender ON forwarded (sender);
CREATE INDEX forwarded_at ON forwarded (at);
CREATE INDEX reply_mail ON reply (mail) WHERE mail IS NOT NULL;
CREATE INDEX reply_edition ON reply (edition, kind) WHERE edition IS NOT NULL;
CREATE INDEX forwarded_waiting ON forwarded (at) WHERE told_at IS NULL;
