-- The first schema. One text for SQLite and PostgreSQL: {id} and {bytes} are filled in by src/store/dialect.rs.
-- Times are UTC microseconds, decimals and JSON are text, states are the numbers of their types in the program.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Figures

CREATE TABLE unit (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    exponent BIGINT NOT NULL,
    pattern TEXT NOT NULL,
    label TEXT NOT NULL,
    zh_label_exponent BIGINT NOT NULL
);

CREATE TABLE series (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    definition TEXT NOT NULL,
    geography TEXT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    publisher TEXT NOT NULL,
    change_of TEXT
);

CREATE TABLE observation (
    id {id},
    series TEXT NOT NULL REFERENCES series (id),
    period TEXT NOT NULL,
    vintage TEXT NOT NULL,
    value TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (series, period, vintage)
);

CREATE TABLE citation (
    observation BIGINT NOT NULL REFERENCES observation (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    publisher TEXT NOT NULL,
    carrier TEXT,
    published TEXT NOT NULL,
    url TEXT,
    quality TEXT NOT NULL,
    PRIMARY KEY (observation, position)
);

CREATE TABLE event (
    id TEXT PRIMARY KEY,
    happened TEXT NOT NULL,
    title TEXT NOT NULL,
    publisher TEXT NOT NULL,
    carrier TEXT,
    published TEXT NOT NULL,
    url TEXT,
    quality TEXT NOT NULL
);

-- People

CREATE TABLE subscriber (
    id {id},
    address TEXT NOT NULL,
    address_ascii TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE suppression (
    address_key TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE subscription (
    id {id},
    subscriber BIGINT NOT NULL REFERENCES subscriber (id),
    brief TEXT NOT NULL,
    language TEXT NOT NULL,
    state BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (subscriber, brief)
);
CREATE INDEX subscription_audience ON subscription (brief, state, id);

-- Schedules and the ledger of their occurrences

CREATE TABLE activation (
    sequence {id},
    hash TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE schedule (
    id TEXT PRIMARY KEY,
    timing TEXT NOT NULL,
    cursor_at BIGINT NOT NULL,
    activated_at BIGINT NOT NULL,
    paused_at BIGINT
);

CREATE TABLE occurrence (
    id {id},
    schedule TEXT NOT NULL,
    kind TEXT NOT NULL,
    slot_utc BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    due_utc BIGINT NOT NULL,
    outcome TEXT,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    owner TEXT,
    attempt BIGINT NOT NULL,
    lease_until BIGINT,
    claimed_at BIGINT NOT NULL,
    ended_at BIGINT,
    UNIQUE (schedule, kind, slot_utc, nonce)
);
CREATE INDEX occurrence_open ON occurrence (lease_until) WHERE outcome IS NULL;

-- Editions, frozen

CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY,
    bytes {bytes} NOT NULL
);

CREATE TABLE edition (
    id {id},
    brief TEXT NOT NULL,
    number BIGINT NOT NULL,
    occurrence BIGINT NOT NULL UNIQUE REFERENCES occurrence (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    slot_utc BIGINT NOT NULL,
    snapshot TEXT NOT NULL REFERENCES blob (sha256),
    snapshot_at BIGINT NOT NULL,
    program TEXT NOT NULL,
    released_at BIGINT,
    UNIQUE (brief, number)
);

CREATE TABLE edition_input (
    edition BIGINT NOT NULL REFERENCES edition (id),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    PRIMARY KEY (edition, name)
);

CREATE TABLE edition_text (
    edition BIGINT NOT NULL REFERENCES edition (id),
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    pdf_name TEXT NOT NULL,
    pdf_ascii_name TEXT NOT NULL,
    pdf TEXT NOT NULL REFERENCES blob (sha256),
    pages BIGINT NOT NULL,
    PRIMARY KEY (edition, language)
);

-- The outbox

CREATE TABLE mail (
    id {id},
    kind TEXT NOT NULL,
    edition BIGINT REFERENCES edition (id),
    subscriber BIGINT REFERENCES subscriber (id),
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT,
    text TEXT,
    message_id TEXT NOT NULL UNIQUE,
    state BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    give_up_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    owner TEXT,
    lease_until BIGINT,
    reply TEXT NOT NULL,
    unknowns BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (subscriber, edition)
);
CREATE INDEX mail_due ON mail (due_at, id) WHERE state IN (0, 4);
CREATE INDEX mail_flight ON mail (lease_until) WHERE state IN (1, 2);
CREATE INDEX mail_state ON mail (state, edition);
