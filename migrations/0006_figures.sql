-- Observations that a person took back, and series whose values have no bounds. Times are UTC microseconds.

-- The observation keeps its row. It does not count while a withdrawal of it has no end.
CREATE TABLE withdrawal (
    id {id},
    observation BIGINT NOT NULL REFERENCES observation (id),
    value TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE UNIQUE INDEX withdrawal_open ON withdrawal (observation) WHERE ended_at IS NULL;

-- 1 if a share may be above 100 % or below 0, and a count below 0.
ALTER TABLE series ADD COLUMN any_value BIGINT NOT NULL DEFAULT 0;
