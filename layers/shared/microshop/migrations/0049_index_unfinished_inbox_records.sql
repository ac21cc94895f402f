-- contracts: nothing; the new index begins with the column of the one that it replaces, which no query names.
-- The purge finds the records that were claimed long ago and never done, without reading the newer ones.
ALTER TABLE inbox
    ADD KEY inbox_expired (done_at, claimed_until),
    DROP KEY inbox_done
