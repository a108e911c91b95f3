-- Editions as the public archive shows them: what stands on the first page, and by key the text as HTML, the picture of the
-- first page and the figures, each packed as gzip. Editions from before have no row.
CREATE TABLE edition_page (
    edition BIGINT NOT NULL REFERENCES edition (id),
    language TEXT NOT NULL,
    headline TEXT NOT NULL,
    summary TEXT NOT NULL,
    issue TEXT NOT NULL,
    dated TEXT NOT NULL,
    html TEXT NOT NULL REFERENCES blob (sha256),
    picture TEXT NOT NULL REFERENCES blob (sha256),
    figures TEXT NOT NULL REFERENCES blob (sha256),
    PRIMARY KEY (edition, language)
);
