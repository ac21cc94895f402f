-- What cancelled orders gave back before lines counted it.
UPDATE order_lines
SET returned = quantity
WHERE order_id IN (SELECT id FROM orders WHERE status = 'cancelled')
