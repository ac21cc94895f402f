-- Webhook events of payment providers that were taken in, each with what it led to, in the transaction of its effect.
CREATE TABLE provider_events (
    provider    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id    VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    type        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    outcome     VARCHAR(64) NOT NULL,
    payment_id  BIGINT NULL,
    received_at DATETIME(6) NOT NULL,
    PRIMARY KEY (provider, event_id),
    KEY provider_events_age (received_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
