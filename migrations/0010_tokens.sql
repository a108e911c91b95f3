-- Keys that sign the tokens in links and addresses of mails. Times are UTC microseconds.

-- The newest key that is not retired signs; all that are not retired are accepted. A key is bound to the id that the store
-- had when it was made. The secret is hexadecimal; of a retired key it is empty.
CREATE TABLE token_key (
    sequence {id},
    id TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    store TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    retired_at BIGINT,
    retired_by TEXT
);
