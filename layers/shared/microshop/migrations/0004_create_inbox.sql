-- Which consumer has handled which event, so that a second delivery has no second effect.
CREATE TABLE inbox (
    consumer      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id      CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    claimed_until DATETIME(6) NOT NULL,
    done_at       DATETIME(6) NULL,
    PRIMARY KEY (consumer, event_id),
    KEY inbox_done (done_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin
