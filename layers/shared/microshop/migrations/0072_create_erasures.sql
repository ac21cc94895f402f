-- Accounts that are to be erased, and those that were. A row in the state 'asked' is deleted if the person changes their mind;
-- 'erasing' has no way back, because a tombstone may exist. A row in the state 'erased' stays with the account's number.
CREATE TABLE erasures (
    user_id   BIGINT NOT NULL,
    state     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    asked_at  DATETIME(6) NOT NULL,
    due_at    DATETIME(6) NOT NULL,
    erased_at DATETIME(6) NULL,
    PRIMARY KEY (user_id),
    KEY erasures_due (state, due_at),
    CONSTRAINT erasures_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT erasures_state CHECK (
        (state IN ('asked', 'erasing') AND erased_at IS NULL) OR (state = 'erased' AND erased_at IS NOT NULL)
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
