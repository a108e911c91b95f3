-- Links to the draft of an edition, each for a time. The id is random, below 2^40, and stands in the link's token. Times are UTC
-- microseconds.

CREATE TABLE share (
    id BIGINT PRIMARY KEY,
    edition BIGINT NOT NULL REFERENCES edition (id),
    made_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    actor TEXT NOT NULL
);

CREATE INDEX share_edition ON share (edition);
