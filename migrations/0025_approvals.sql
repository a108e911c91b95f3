-- Who approved an edition that waits for several people, and which PDFs: the SHA-256 of those that were kept. Times are UTC
-- microseconds.

CREATE TABLE approval (
    edition BIGINT NOT NULL REFERENCES edition (id),
    actor TEXT NOT NULL,
    pdfs TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (edition, actor)
);
