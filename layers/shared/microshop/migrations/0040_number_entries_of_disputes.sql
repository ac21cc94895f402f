-- contracts: nothing; the unique key allows more rows than the one it replaces, and none less.
-- A dispute may be opened and decided more than once, as by an appeal: each time is an entry of its own, by its number.
ALTER TABLE payment_entries
    ADD COLUMN occurrence INT NOT NULL DEFAULT 1,
    ADD UNIQUE KEY payment_entries_each_once (payment_id, refund_id, kind, reference, occurrence),
    DROP KEY payment_entries_once
