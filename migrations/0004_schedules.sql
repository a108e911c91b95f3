-- What operators may do about single schedules. Times are UTC microseconds.

-- Who paused it.
ALTER TABLE schedule ADD COLUMN paused_by TEXT;

-- What is open of a schedule, however long its history is.
CREATE INDEX occurrence_waits ON occurrence (schedule, due_utc) WHERE outcome IS NULL;
