-- Reconciliation reads the payments that have changed since its last run, and those whose state needs another check.
ALTER TABLE payments
    ADD KEY payments_by_change (updated_at),
    ADD KEY payments_by_state (state, next_check_at)
