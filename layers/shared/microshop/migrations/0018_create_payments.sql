-- Attempts to be paid for an order, by whatever provider. What each went through stands in payment_entries.
-- live_order_id: an order has at most one attempt that may still bring money or has brought it, so that no order is
-- charged twice. Money of an attempt that was given up is `stray` and goes back.
-- provider_key: a provider's payment is known once. What people write down by hand may repeat.
CREATE TABLE payments (
    id             BIGINT NOT NULL AUTO_INCREMENT,
    order_id       BIGINT NOT NULL,
    attempt        INT NOT NULL,
    provider       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reference      VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    state          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount_minor   BIGINT NOT NULL,
    currency       CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    captured_minor BIGINT NOT NULL DEFAULT 0,
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    checks         INT NOT NULL DEFAULT 0,
    next_check_at  DATETIME(6) NULL,
    created_at     DATETIME(6) NOT NULL,
    updated_at     DATETIME(6) NOT NULL,
    live_order_id  BIGINT AS (
        IF(state IN ('started', 'unknown', 'processing', 'captured', 'mismatched'), order_id, NULL)
    ) STORED,
    provider_key   VARCHAR(240) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin AS (
        IF(provider IN ('offline', 'cash_on_delivery'), NULL, CONCAT(provider, ':', reference))
    ) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY payments_attempt (order_id, attempt),
    UNIQUE KEY payments_live (live_order_id),
    UNIQUE KEY payments_of_provider (provider_key),
    KEY payments_by_reference (reference, order_id),
    KEY payments_due (next_check_at),
    CONSTRAINT payments_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT payments_state CHECK (state IN (
        'started', 'unknown', 'processing', 'captured', 'mismatched', 'stray', 'abandoned', 'cancelled', 'failed'
    )),
    CONSTRAINT payments_money CHECK (
        refunded_minor BETWEEN 0 AND captured_minor
        AND (captured_minor = 0 OR state IN ('captured', 'mismatched', 'stray'))
        AND (state <> 'captured' OR captured_minor = amount_minor)
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
