-- What a person decided about an edition that its gate held: when, who and why. Times are UTC microseconds.

ALTER TABLE edition ADD COLUMN decided_at BIGINT;
ALTER TABLE edition ADD COLUMN decided_why TEXT;
