-- The payment's most serious dispute, if it has any: no refund can be requested while it is open or lost.
ALTER TABLE payments
    ADD COLUMN dispute_status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
        CHECK (dispute_status IN ('inquiry', 'open', 'won', 'lost', 'closed'))
