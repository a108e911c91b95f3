-- People join with proof, and each move of a subscription is kept. Times are UTC microseconds.

-- Where consent comes from, as the person says who subscribes others: one row for all of a list that have the same.
CREATE TABLE consent_source (
    id {id},
    text TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Who asks to join, or for another address, until they confirm, and the proof of it afterwards. Its number is random,
-- since the token that names it is made before. A network is empty if it is not known, or forgotten.
CREATE TABLE sign_up (
    id {id},
    address TEXT NOT NULL,
    address_ascii TEXT NOT NULL,
    address_key TEXT NOT NULL,
    brief TEXT NOT NULL,
    language TEXT NOT NULL,
    subscriber BIGINT REFERENCES subscriber (id),
    text TEXT NOT NULL,
    text_version TEXT NOT NULL,
    way TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_network TEXT NOT NULL,
    message_id TEXT NOT NULL,
    mail_sha256 TEXT NOT NULL,
    confirmed_at BIGINT,
    confirmed_network TEXT NOT NULL
);
CREATE INDEX sign_up_address ON sign_up (address_key, asked_at);
CREATE INDEX sign_up_network ON sign_up (asked_network, asked_at) WHERE asked_network <> '';
CREATE INDEX sign_up_open ON sign_up (asked_at) WHERE confirmed_at IS NULL;
CREATE INDEX sign_up_networks_known ON sign_up (asked_at) WHERE asked_network <> '' OR confirmed_network <> '';
CREATE INDEX sign_up_subscriber ON sign_up (subscriber) WHERE subscriber IS NOT NULL;

-- A row for each move of a subscription, and for each change of its language.
CREATE TABLE subscription_move (
    id {id},
    subscription BIGINT NOT NULL REFERENCES subscription (id),
    at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    language TEXT NOT NULL,
    actor TEXT NOT NULL,
    way TEXT NOT NULL,
    source BIGINT REFERENCES consent_source (id),
    sign_up BIGINT
);
CREATE INDEX subscription_move_of ON subscription_move (subscription, id);
INSERT INTO subscription_move (subscription, at, state, language, actor, way)
    SELECT id, changed_at, state, language, '', 'before this version' FROM subscription ORDER BY id;

-- Who recorded that an address is suppressed; and each time that one was taken out again.
ALTER TABLE suppression ADD COLUMN actor TEXT NOT NULL DEFAULT '';
CREATE TABLE suppression_ended (
    id {id},
    address_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    ended_at BIGINT NOT NULL,
    ended_actor TEXT NOT NULL,
    ended_reason TEXT NOT NULL
);
CREATE INDEX suppression_ended_of ON suppression_ended (address_key);

CREATE INDEX removal_of ON removal (address_key);

-- Addresses that were erased, as hashes by a key, so that no list brings them back. There is one key; a restored store may
-- have that of another.
CREATE TABLE forgotten_key (
    secret TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE TABLE forgotten (
    hash TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

-- Mails that do not wait behind the thousands of an edition.
ALTER TABLE mail ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0;
UPDATE mail SET urgent = 1 WHERE edition IS NULL AND state IN (0, 4);
CREATE INDEX mail_urgent ON mail (due_at, id) WHERE urgent = 1 AND state IN (0, 4);

-- Mails that bring no edition, by whom they are to; and those to the operators, which are few.
CREATE INDEX mail_own ON mail (LOWER(address)) WHERE subscriber IS NULL;
CREATE INDEX mail_operator ON mail (id) WHERE kind = 'operator';
