-- What a store has given away and its tables do not show: after a restore, none of it is given again. Times are UTC
-- microseconds.

-- For a brief, a number up to which editions were made that this store does not hold.
CREATE TABLE edition_floor (
    brief TEXT PRIMARY KEY,
    number BIGINT NOT NULL
);

-- The ids that the store had before it was restored. A token that bears one of them names a person of this store up to these
-- numbers of subscriber and subscription; later ones were given to people whom it has lost.
CREATE TABLE earlier_id (
    id TEXT PRIMARY KEY,
    ended_at BIGINT NOT NULL,
    last_subscriber BIGINT NOT NULL,
    last_subscription BIGINT NOT NULL
);
