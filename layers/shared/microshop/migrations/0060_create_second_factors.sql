-- The second factor of members of staff. The secret is sealed (platform/sealing.py). It is in force from confirmed_at.
-- last_step is the time step of the last code, because a code works once.
CREATE TABLE second_factors (
    user_id       BIGINT NOT NULL,
    sealed_secret VARBINARY(512) NOT NULL,
    confirmed_at  DATETIME(6) NULL,
    last_step     BIGINT NOT NULL DEFAULT 0,
    created_at    DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id),
    CONSTRAINT second_factors_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
