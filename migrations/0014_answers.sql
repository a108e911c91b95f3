-- What readers answer, and how they are answered. Times are UTC microseconds.

-- Where an answer to a mail goes, if not to the Reply-To of all mails; and the Message-ID of the mail that it answers.
ALTER TABLE mail ADD COLUMN reply_to TEXT;
ALTER TABLE mail ADD COLUMN in_reply_to TEXT;

-- Who asks to join by mail comes from no network, and there are not many in an hour.
CREATE INDEX sign_up_by_mail ON sign_up (asked_at) WHERE way = 'mail';
