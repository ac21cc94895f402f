-- Money of another currency than the order's is the payment's alone. Orders whose refund is over stay as history has them.
UPDATE orders
JOIN payments ON payments.live_order_id = orders.id
SET orders.captured_minor = 0,
    orders.refunded_minor = 0
WHERE orders.payment_status = 'review'
  AND payments.state = 'mismatched'
  AND payments.currency <> orders.currency
