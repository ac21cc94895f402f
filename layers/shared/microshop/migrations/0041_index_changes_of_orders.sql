-- Reconciliation reads the orders that have changed since its last run.
ALTER TABLE orders
    ADD KEY orders_by_change (updated_at)
