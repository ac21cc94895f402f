-- The scopes of each role (scopes.py).
CREATE TABLE role_scopes (
    role_id BIGINT NOT NULL,
    scope   VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (role_id, scope),
    CONSTRAINT role_scopes_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
