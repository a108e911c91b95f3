-- Domains that refuse us: an edition's mails to them wait for a person. Times are UTC microseconds.

CREATE TABLE domain_pause (
    edition BIGINT NOT NULL REFERENCES edition (id),
    domain TEXT NOT NULL,
    paused_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (edition, domain)
);
