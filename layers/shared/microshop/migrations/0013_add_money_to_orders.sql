-- What has arrived for an order and what of it went back: a payment status that says something else cannot be written.
-- A release that knows neither column writes paid with nothing captured, until the next one has taken over.
ALTER TABLE orders
    ADD COLUMN captured_minor BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN refunded_minor BIGINT NOT NULL DEFAULT 0,
    ADD KEY orders_due (expires_at),
    ADD CONSTRAINT orders_money CHECK (
        (payment_status IN ('unpaid', 'processing') AND captured_minor = 0 AND refunded_minor = 0)
        OR (payment_status = 'review' AND refunded_minor BETWEEN 0 AND captured_minor)
        OR (payment_status = 'paid' AND captured_minor >= 0 AND refunded_minor = 0)
        OR (payment_status = 'partially_refunded' AND refunded_minor > 0 AND refunded_minor < captured_minor)
        OR (payment_status = 'refunded' AND refunded_minor > 0 AND refunded_minor = captured_minor)
    )
