-- The ledger of stock: products.stock always equals the sum of a product's rows here, and no row is ever changed.
-- A product is sold once and given back once by an order (MySQL and MariaDB let NULL repeat in a unique key).
-- No foreign key to products: its shared lock on the product's row deadlocks with the update that takes the stock.
CREATE TABLE stock_movements (
    id         BIGINT NOT NULL AUTO_INCREMENT,
    product_id BIGINT NOT NULL,
    kind       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quantity   INT NOT NULL,
    order_id   BIGINT NULL,
    user_id    BIGINT NULL,
    reason     VARCHAR(200) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY stock_movements_once_an_order (order_id, product_id, kind),
    KEY stock_movements_of_product (product_id, id),
    CONSTRAINT stock_movements_kind CHECK (
        (kind = 'received' AND quantity > 0 AND order_id IS NULL)
        OR (kind = 'adjusted' AND quantity <> 0 AND order_id IS NULL)
        OR (kind = 'sold' AND quantity < 0 AND order_id IS NOT NULL)
        OR (kind = 'returned' AND quantity > 0 AND order_id IS NOT NULL)
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
