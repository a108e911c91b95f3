-- Imports with numbers, and the second clock: when the store learned a figure. Nothing is overwritten: each version of a
-- unit, series, event or observation is a row of its own, from the import that brought it to the one that superseded it.
-- Times are UTC microseconds. The figures of before are copied by src/store/figures/earlier.rs.

ALTER TABLE withdrawal RENAME TO earlier_withdrawal;
ALTER TABLE citation RENAME TO earlier_citation;
ALTER TABLE observation RENAME TO earlier_observation;
ALTER TABLE event RENAME TO earlier_event;
ALTER TABLE series RENAME TO earlier_series;
ALTER TABLE unit RENAME TO earlier_unit;

-- A change of the figures. One without a time is from before imports were numbered. Files are JSON: name, SHA-256, size.
CREATE TABLE import (
    number BIGINT PRIMARY KEY,
    at BIGINT,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    files TEXT NOT NULL,
    added BIGINT NOT NULL,
    revised BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    undid BIGINT REFERENCES import (number),
    undone_by BIGINT REFERENCES import (number)
);

-- Units, series and events as JSON. A version that was put back by an undo names the version that it repeats.
CREATE TABLE catalogue (
    id {id},
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    import BIGINT NOT NULL REFERENCES import (number),
    superseded BIGINT REFERENCES import (number),
    restores BIGINT
);
CREATE UNIQUE INDEX catalogue_current ON catalogue (kind, name) WHERE superseded IS NULL;

-- Sources are the rows of their citations, the best first, as a JSON array.
CREATE TABLE observation (
    id {id},
    series TEXT NOT NULL,
    period TEXT NOT NULL,
    vintage TEXT NOT NULL,
    value TEXT NOT NULL,
    status TEXT NOT NULL,
    sources TEXT NOT NULL,
    import BIGINT NOT NULL,
    superseded BIGINT,
    restores BIGINT
);
CREATE UNIQUE INDEX observation_current ON observation (series, period, vintage) WHERE superseded IS NULL;
CREATE INDEX observation_past ON observation (series, superseded) WHERE superseded IS NOT NULL;

-- A citation as JSON; many observations share one.
CREATE TABLE citation (
    id {id},
    content TEXT NOT NULL UNIQUE
);

-- An observation does not count while a withdrawal of it is in force, whatever its value.
CREATE TABLE withdrawal (
    id {id},
    series TEXT NOT NULL,
    period TEXT NOT NULL,
    vintage TEXT NOT NULL,
    value TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    import BIGINT NOT NULL REFERENCES import (number),
    ended_at BIGINT,
    ended_by TEXT,
    ended_import BIGINT REFERENCES import (number)
);
CREATE UNIQUE INDEX withdrawal_in_force ON withdrawal (series, period, vintage) WHERE ended_import IS NULL;

-- The newest import among the figures of an edition; unknown for older editions.
ALTER TABLE edition ADD COLUMN import BIGINT;
