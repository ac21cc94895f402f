-- Accounts. The address is stored in the one form that users/user.py gives it, so a binary collation is exact.
CREATE TABLE users (
    id                  BIGINT NOT NULL AUTO_INCREMENT,
    email               VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    username            VARCHAR(50) NOT NULL,
    role                VARCHAR(16) NOT NULL,
    language            CHAR(2) NOT NULL,
    password_hash       VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    credentials_version INT NOT NULL,
    created_at          DATETIME(6) NOT NULL,
    updated_at          DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY users_email (email),
    CONSTRAINT users_role CHECK (role IN ('customer', 'admin')),
    CONSTRAINT users_language CHECK (language IN ('en', 'zh'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
