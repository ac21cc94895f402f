-- What staff note about an order. Customers do not see it. key_id is that of an API key.
CREATE TABLE order_notes (
    id         BIGINT NOT NULL AUTO_INCREMENT,
    order_id   BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    key_id     BIGINT NULL,
    text       VARCHAR(1000) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY order_notes_of_order (order_id, id),
    CONSTRAINT order_notes_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
