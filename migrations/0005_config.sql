-- What operators wrote, as it was activated: the files of the newest activations, so that any process can read them.

CREATE TABLE config (
    hash TEXT PRIMARY KEY,
    files {bytes} NOT NULL
);
