-- Reconciliation reads the refunds that have changed since its last run, and those that are in progress.
ALTER TABLE refunds
    ADD KEY refunds_by_change (updated_at),
    ADD KEY refunds_by_state (state, next_check_at)
