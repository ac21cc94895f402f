-- API keys. Only the hash of a key is stored; its first characters let people recognise it. A key belongs to the member of
-- staff who made it and can never do more than its owner.
CREATE TABLE api_keys (
    id           BIGINT NOT NULL AUTO_INCREMENT,
    user_id      BIGINT NOT NULL,
    name         VARCHAR(50) NOT NULL,
    prefix       CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    key_hash     CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at   DATETIME(6) NOT NULL,
    expires_at   DATETIME(6) NOT NULL,
    last_used_on DATE NULL,
    revoked_at   DATETIME(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY api_keys_hash (key_hash),
    KEY api_keys_by_user (user_id, id),
    CONSTRAINT api_keys_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
