-- The unused recovery codes of a second factor, as SHA-256.
CREATE TABLE recovery_codes (
    user_id   BIGINT NOT NULL,
    code_hash BINARY(32) NOT NULL,
    PRIMARY KEY (user_id, code_hash),
    CONSTRAINT recovery_codes_second_factor FOREIGN KEY (user_id) REFERENCES second_factors (user_id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
