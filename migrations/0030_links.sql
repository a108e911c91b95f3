-- What came of looking at the web addresses that citations name, each by the SHA-256 of its text. `dead_since`: since when each
-- look found it dead; `dead_looks`: how many looks did; `confirmed_at`: when one on another day (UTC) was the first to. Times are
-- UTC microseconds.

CREATE TABLE link (
    sha256 TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    looked_at BIGINT NOT NULL,
    result TEXT NOT NULL,
    detail TEXT NOT NULL,
    moved_to TEXT,
    dead_since BIGINT,
    dead_looks BIGINT NOT NULL,
    confirmed_at BIGINT
);
