-- The ledger of payments and refunds (refund_id 0: of the payment itself): what was learnt or done, append-only.
-- A fact is entered once: the same capture, decline, refund or dispute cannot be booked twice.
CREATE TABLE payment_entries (
    id           BIGINT NOT NULL AUTO_INCREMENT,
    payment_id   BIGINT NOT NULL,
    refund_id    BIGINT NOT NULL DEFAULT 0,
    kind         VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency     CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reference    VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
    reason       VARCHAR(500) NULL,
    created_at   DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY payment_entries_once (payment_id, refund_id, kind, reference),
    KEY payment_entries_by_time (created_at, id),
    CONSTRAINT payment_entries_payment FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT payment_entries_kind CHECK (kind IN (
        'started', 'unknown', 'processing', 'declined', 'captured', 'mismatched', 'stray', 'abandoned', 'cancelled',
        'failed', 'reopened', 'disputed', 'dispute_closed', 'refund_requested', 'refund_unknown', 'refund_pending',
        'refunded', 'refund_failed'
    ))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
