-- What was on hand when the ledger began.
INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at)
SELECT id, 'received', stock, 'on hand when the ledger began', UTC_TIMESTAMP(6)
FROM products
WHERE stock > 0
