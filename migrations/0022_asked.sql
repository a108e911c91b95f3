-- That a mailbox was asked within a day whose person is erased since: by a hash with the key of those, until the day is over.
-- Times are UTC microseconds.
CREATE TABLE forgotten_asked (
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (hash, at)
);
CREATE INDEX forgotten_asked_at ON forgotten_asked (at);
