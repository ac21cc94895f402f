-- Stock comes back once by an order's end (refund_id 0) and once by each of its refunds.
ALTER TABLE stock_movements
    ADD COLUMN refund_id BIGINT NOT NULL DEFAULT 0,
    ADD UNIQUE KEY stock_movements_once_a_cause (order_id, product_id, kind, refund_id),
    DROP KEY stock_movements_once_an_order
