-- What was ordered, with name and price as they were then. One line a product, so that an order takes stock of it once.
-- No foreign key to products: see stock_movements.
CREATE TABLE order_lines (
    order_id         BIGINT NOT NULL,
    product_id       BIGINT NOT NULL,
    position         SMALLINT NOT NULL,
    sku              VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name             VARCHAR(200) NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    quantity         INT NOT NULL,
    PRIMARY KEY (order_id, product_id),
    CONSTRAINT order_lines_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_lines_price CHECK (unit_price_minor >= 0),
    CONSTRAINT order_lines_quantity CHECK (quantity > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
