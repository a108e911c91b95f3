-- Who has left, so that they stay away. Times are UTC microseconds.

-- A row for each time somebody left: one brief, or every brief if its name is empty. It is in force until they asked to
-- come back; who recorded that, and why, stands beside it.
CREATE TABLE removal (
    id {id},
    address_key TEXT NOT NULL,
    brief TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    again_at BIGINT,
    again_actor TEXT,
    again_reason TEXT
);
CREATE UNIQUE INDEX removal_in_force ON removal (address_key, brief) WHERE again_at IS NULL;

-- Before this version an address left every brief at once.
INSERT INTO removal (address_key, brief, at, actor, reason)
    SELECT u.address_key, '', MAX(s.changed_at), '', '' FROM subscription s JOIN subscriber u ON u.id = s.subscriber
    GROUP BY u.address_key HAVING MIN(s.state) = 1;

-- Unless it was subscribed to one of them again since.
INSERT INTO removal (address_key, brief, at, actor, reason)
    SELECT u.address_key, s.brief, s.changed_at, '', '' FROM subscription s JOIN subscriber u ON u.id = s.subscriber
    WHERE s.state = 1 AND EXISTS (SELECT 1 FROM subscription o WHERE o.subscriber = s.subscriber AND o.state = 0);
