-- Disputes of payments (chargebacks, and inquiries that may become one), each as the provider's newest word has it.
-- as_of: when the provider said so; an older word that arrives later changes nothing. Funds are in payment_entries.
CREATE TABLE disputes (
    id           BIGINT NOT NULL AUTO_INCREMENT,
    payment_id   BIGINT NOT NULL,
    order_id     BIGINT NOT NULL,
    provider     VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reference    VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    status       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason       VARCHAR(100) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency     CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    respond_by   DATETIME(6) NULL,
    opened_at    DATETIME(6) NOT NULL,
    closed_at    DATETIME(6) NULL,
    as_of        DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY disputes_of_provider (provider, reference),
    KEY disputes_of_order (order_id),
    CONSTRAINT disputes_payment FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT disputes_amount CHECK (amount_minor >= 0),
    CONSTRAINT disputes_status CHECK (
        (status IN ('inquiry', 'open') AND closed_at IS NULL)
        OR (status IN ('won', 'lost', 'closed') AND closed_at IS NOT NULL)
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
