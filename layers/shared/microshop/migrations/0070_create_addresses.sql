-- The address book of an account. The columns refuse a second default and a further slot, so no account has two defaults
-- or more than 20 addresses (addresses/address.py). `address` has the fields of an order's address.
CREATE TABLE addresses (
    id              BIGINT NOT NULL AUTO_INCREMENT,
    user_id         BIGINT NOT NULL,
    slot            TINYINT NOT NULL,
    address         JSON NOT NULL,
    is_default      BOOLEAN NOT NULL,
    version         INT NOT NULL DEFAULT 1,
    created_at      DATETIME(6) NOT NULL,
    updated_at      DATETIME(6) NOT NULL,
    default_user_id BIGINT GENERATED ALWAYS AS (IF(is_default, user_id, NULL)) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY addresses_slot (user_id, slot),
    UNIQUE KEY addresses_default (default_user_id),
    CONSTRAINT addresses_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT addresses_slots CHECK (slot BETWEEN 1 AND 20)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
