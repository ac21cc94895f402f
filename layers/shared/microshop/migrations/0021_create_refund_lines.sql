-- Units that go back to stock when their refund succeeds; order_lines.returned counts them from the request on.
CREATE TABLE refund_lines (
    refund_id  BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    quantity   INT NOT NULL,
    PRIMARY KEY (refund_id, product_id),
    CONSTRAINT refund_lines_refund FOREIGN KEY (refund_id) REFERENCES refunds (id),
    CONSTRAINT refund_lines_quantity CHECK (quantity > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
