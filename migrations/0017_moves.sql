-- Readers who move to another address, and the newest time at which somebody said no. Times are UTC microseconds.

-- When it was said last; `at` is since when it holds.
ALTER TABLE removal ADD COLUMN said_at BIGINT NOT NULL DEFAULT 0;
UPDATE removal SET said_at = at;

-- The subscription at the reader's other address that lives on from an ended one: a token of an old mail means it.
ALTER TABLE subscription ADD COLUMN moved_to BIGINT REFERENCES subscription (id);
UPDATE subscription SET moved_to = (
        SELECT MAX(m.subscription) FROM sign_up g JOIN subscription_move m ON m.sign_up = g.id
        JOIN subscription n ON n.id = m.subscription
        WHERE g.subscriber = subscription.subscriber AND m.way = 'changed the address' AND n.id <> subscription.id
        AND n.brief = subscription.brief)
    WHERE state = 1 AND subscriber IN (SELECT subscriber FROM sign_up WHERE subscriber IS NOT NULL
        AND confirmed_at IS NOT NULL);

-- The addresses that a reader had before.
CREATE TABLE former_address (
    id {id},
    subscriber BIGINT NOT NULL REFERENCES subscriber (id),
    address TEXT NOT NULL,
    address_ascii TEXT NOT NULL,
    address_key TEXT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX former_address_of ON former_address (subscriber);
CREATE INDEX former_address_key ON former_address (address_key);

-- The briefs that a change of address moves, between blanks; empty of what was asked before this version, which moves the
-- one. And when the same was asked for again, while the mail of before is good.
ALTER TABLE sign_up ADD COLUMN briefs TEXT NOT NULL DEFAULT '';
ALTER TABLE sign_up ADD COLUMN asked_again_at BIGINT;

-- Mails with links to leave, and those that tell of another address, have kinds of their own.
UPDATE mail SET kind = 'leave_links' WHERE kind = 'confirmation' AND message_id LIKE '<leave.%';
UPDATE mail SET kind = 'address_changed' WHERE kind = 'confirmation' AND message_id LIKE '<changed.%';
