-- Withdrawals of an edition that ended since it is shown again: a line for each.
ALTER TABLE edition ADD COLUMN withdrawn_before TEXT NOT NULL DEFAULT '';
