-- When no mail of an edition goes out. Times are UTC microseconds.

CREATE TABLE quiet (
    edition BIGINT NOT NULL REFERENCES edition (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (edition, from_at)
);
CREATE INDEX quiet_until ON quiet (until_at);
