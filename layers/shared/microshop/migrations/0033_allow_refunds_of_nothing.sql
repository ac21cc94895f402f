-- Units of an order with nothing to pay come back with a refund of 0.
-- contracts: nothing; the constraint is replaced by a wider one, and the previous release keeps to the narrower.
ALTER TABLE refunds
    DROP CONSTRAINT refunds_amount,
    ADD CONSTRAINT refunds_amount CHECK (amount_minor >= 0)
