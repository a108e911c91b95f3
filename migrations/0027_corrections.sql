-- Editions that supersede others, from the moment that they get their number. `in_force` is the superseded edition once the
-- correction is released: each is superseded by one edition at most. The reasons are JSON, by language. Times are UTC microseconds.

CREATE TABLE correction (
    edition BIGINT PRIMARY KEY REFERENCES edition (id),
    supersedes BIGINT NOT NULL REFERENCES edition (id),
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    in_force BIGINT UNIQUE
);
