-- What operators may do about single schedules. Times are UTC microseconds.

-- Who paused it.
ALTER TABLE schedule ADD COLUMN paused_by TEXT;
