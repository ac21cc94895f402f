-- Exports of everything that the shop stores about a person, as a zip in S3 (object_key). Of one person at most one is open.
-- attempts: an attempt counts when it begins, and next_attempt_at is then the time at which it is given up and repeated.
-- A purge deletes the row some time after the object.
CREATE TABLE data_exports (
    id              BIGINT NOT NULL AUTO_INCREMENT,
    user_id         BIGINT NOT NULL,
    state           VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object_key      VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempts        INT NOT NULL DEFAULT 0,
    next_attempt_at DATETIME(6) NULL,
    requested_at    DATETIME(6) NOT NULL,
    ready_at        DATETIME(6) NULL,
    expires_at      DATETIME(6) NULL,
    open_user_id    BIGINT GENERATED ALWAYS AS (IF(state = 'requested', user_id, NULL)) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY data_exports_open (open_user_id),
    UNIQUE KEY data_exports_object (object_key),
    KEY data_exports_of_user (user_id, id),
    KEY data_exports_due (next_attempt_at),
    KEY data_exports_by_expiry (state, expires_at),
    KEY data_exports_by_age (requested_at),
    CONSTRAINT data_exports_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT data_exports_state CHECK (
        (state = 'requested' AND next_attempt_at IS NOT NULL AND ready_at IS NULL AND expires_at IS NULL)
        OR (state = 'failed' AND next_attempt_at IS NULL AND ready_at IS NULL AND expires_at IS NULL)
        OR (state IN ('ready', 'expired') AND next_attempt_at IS NULL AND ready_at IS NOT NULL AND expires_at > ready_at)
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
