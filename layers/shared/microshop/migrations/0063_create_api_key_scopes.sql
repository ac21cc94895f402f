-- The scopes of each API key. No key can manage staff or keys.
CREATE TABLE api_key_scopes (
    key_id BIGINT NOT NULL,
    scope  VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (key_id, scope),
    CONSTRAINT api_key_scopes_key FOREIGN KEY (key_id) REFERENCES api_keys (id),
    CONSTRAINT api_key_scopes_of_keys CHECK (scope <> 'manage_staff')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
