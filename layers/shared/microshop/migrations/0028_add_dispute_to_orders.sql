-- The order's most serious dispute, if it has any: lists filter by it, and nothing is shipped unnoticed.
ALTER TABLE orders
    ADD COLUMN dispute_status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL
        CHECK (dispute_status IN ('inquiry', 'open', 'won', 'lost', 'closed')),
    ADD KEY orders_by_dispute (dispute_status, id)
