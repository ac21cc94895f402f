-- Events on their way to the bus, written in the transaction that caused them.
CREATE TABLE outbox (
    id              BIGINT NOT NULL AUTO_INCREMENT,
    event_id        CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    type            VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    aggregate       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    detail          MEDIUMTEXT NOT NULL,
    trace_header    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    attempts        INT NOT NULL DEFAULT 0,
    last_error      VARCHAR(255) NULL,
    created_at      DATETIME(6) NOT NULL,
    next_attempt_at DATETIME(6) NOT NULL,
    published_at    DATETIME(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY outbox_event (event_id),
    KEY outbox_waiting (published_at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
