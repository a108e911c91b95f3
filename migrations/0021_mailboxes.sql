-- Whose mailbox is asked about: what stands behind a plus sign, and dots at Gmail, lead to the same one. Times are UTC microseconds.

ALTER TABLE sign_up ADD COLUMN mailbox_key TEXT NOT NULL DEFAULT '';
ALTER TABLE sign_up ADD COLUMN domain TEXT NOT NULL DEFAULT '';
UPDATE sign_up SET mailbox_key = address_key;
CREATE INDEX sign_up_mailbox ON sign_up (mailbox_key, asked_at);
-- Those that nobody has confirmed count for their domain.
CREATE INDEX sign_up_domain ON sign_up (domain, asked_at) WHERE confirmed_at IS NULL;
