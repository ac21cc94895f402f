-- Every change of an order, append-only. The version is that of the order after the change: two requests cannot both
-- make the same change, and an order whose version is not the number of its rows was changed behind the shop's back.
CREATE TABLE order_history (
    order_id       BIGINT NOT NULL,
    version        INT NOT NULL,
    action         VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status         VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_status VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    actor          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    actor_id       BIGINT NULL,
    note           VARCHAR(200) NULL,
    event_id       CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at     DATETIME(6) NOT NULL,
    PRIMARY KEY (order_id, version),
    UNIQUE KEY order_history_event (event_id),
    CONSTRAINT order_history_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_history_actor CHECK (actor IN ('customer', 'admin', 'system'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
