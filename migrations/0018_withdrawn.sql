-- An edition that a person took out of the public archive after it went out: when, who and why. Times are UTC microseconds.

ALTER TABLE edition ADD COLUMN withdrawn_at BIGINT;
ALTER TABLE edition ADD COLUMN withdrawn_why TEXT;
