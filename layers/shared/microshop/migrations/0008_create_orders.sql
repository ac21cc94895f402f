-- Orders. The shop makes the id itself (orders/numbers.py): it rises with time and fits a JavaScript number.
-- Which pairs of the two states there are stands in orders/states.py; a test holds the constraint against it.
CREATE TABLE orders (
    id                BIGINT NOT NULL,
    order_number      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id           BIGINT NOT NULL,
    status            VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_status    VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_method    VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_reference VARCHAR(100) NULL,
    currency          CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subtotal_minor    BIGINT NOT NULL,
    shipping_minor    BIGINT NOT NULL,
    tax_minor         BIGINT NOT NULL,
    total_minor       BIGINT NOT NULL,
    address           JSON NOT NULL,
    carrier           VARCHAR(64) NULL,
    tracking_number   VARCHAR(64) NULL,
    expires_at        DATETIME(6) NULL,
    version           INT NOT NULL,
    created_at        DATETIME(6) NOT NULL,
    updated_at        DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY orders_number (order_number),
    KEY orders_of_user (user_id, id),
    KEY orders_by_status (status, id),
    KEY orders_by_payment_status (payment_status, id),
    CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT orders_payment_method CHECK (payment_method IN ('card', 'cash_on_delivery')),
    CONSTRAINT orders_total CHECK (
        subtotal_minor >= 0 AND shipping_minor >= 0 AND total_minor = subtotal_minor + shipping_minor
        AND tax_minor >= 0 AND tax_minor <= total_minor
    ),
    CONSTRAINT orders_state CHECK (
        (status = 'pending' AND payment_status IN ('unpaid', 'processing', 'review'))
        OR (status = 'confirmed' AND payment_status IN ('unpaid', 'paid', 'partially_refunded'))
        OR (status = 'shipped' AND payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'delivered' AND payment_status IN ('paid', 'partially_refunded', 'refunded'))
        OR (status = 'cancelled' AND payment_status IN ('unpaid', 'review', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'expired' AND payment_status IN ('unpaid', 'review', 'paid', 'refunded'))
    )
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
