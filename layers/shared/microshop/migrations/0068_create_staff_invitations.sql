-- Invitations of people to the staff. `open_email` is the address until the invitation is accepted or revoked: at most one
-- is open for an address. `user_id` is the account that has accepted. A purge deletes rows some time after `expires_at`.
CREATE TABLE staff_invitations (
    id          BIGINT NOT NULL AUTO_INCREMENT,
    email       VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    invited_by  BIGINT NOT NULL,
    language    CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at  DATETIME(6) NOT NULL,
    expires_at  DATETIME(6) NOT NULL,
    accepted_at DATETIME(6) NULL,
    user_id     BIGINT NULL,
    revoked_at  DATETIME(6) NULL,
    open_email  VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        GENERATED ALWAYS AS (IF(accepted_at IS NULL AND revoked_at IS NULL, email, NULL)) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY staff_invitations_open (open_email),
    KEY staff_invitations_by_expiry (expires_at),
    CONSTRAINT staff_invitations_inviter FOREIGN KEY (invited_by) REFERENCES users (id),
    CONSTRAINT staff_invitations_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT staff_invitations_one_end CHECK (accepted_at IS NULL OR revoked_at IS NULL)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
