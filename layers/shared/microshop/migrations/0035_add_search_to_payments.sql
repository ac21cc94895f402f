-- Until when an attempt without a reference was searched for among the provider's: the next search goes on from there.
ALTER TABLE payments
    ADD COLUMN searched_until DATETIME(6) NULL
