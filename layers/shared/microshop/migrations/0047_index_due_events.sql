-- The relay's claim reads due events without those that wait for a later retry.
ALTER TABLE outbox
    ADD KEY outbox_due (published_at, next_attempt_at, id)
