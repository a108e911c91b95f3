-- What comes back: mails that were read, and mails that failed. Times are UTC microseconds.

-- A row for each mail that was read, so that reading it again does nothing. The address is that of the reader whom it is
-- about, or of who wrote it; the reason is what a server said. No text of a person is kept.
CREATE TABLE reply (
    id {id},
    sha256 TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    mail BIGINT,
    edition BIGINT,
    found_by TEXT NOT NULL,
    status TEXT NOT NULL,
    said TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX reply_address ON reply (address);

-- A row for each mail that was refused for good or came back. The class is a word of delivery::rules::BounceClass.
CREATE TABLE bounce (
    mail BIGINT PRIMARY KEY,
    edition BIGINT,
    address_key TEXT NOT NULL,
    domain TEXT NOT NULL,
    class TEXT NOT NULL,
    status TEXT NOT NULL,
    said TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX bounce_edition ON bounce (edition, domain);
CREATE INDEX bounce_address ON bounce (address_key);

-- Addresses whose last mails came back, each for a reason that may pass.
CREATE TABLE soft_bounce (
    address_key TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_mail BIGINT NOT NULL
);

-- At how many bounces an edition was paused or, with a domain, that domain for it.
CREATE TABLE bounce_brake (
    edition BIGINT NOT NULL,
    domain TEXT NOT NULL,
    bounced BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (edition, domain)
);

-- How many mails went to a domain on a day (its beginning in UTC) while a sender is new.
CREATE TABLE warm_up (
    day BIGINT NOT NULL,
    domain TEXT NOT NULL,
    mails BIGINT NOT NULL,
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (day, domain)
);
