-- What was paid before there was a ledger of it.
INSERT INTO payments (order_id, attempt, provider, reference, state, amount_minor, currency, captured_minor, created_at,
                      updated_at)
SELECT id, 1, IF(payment_method = 'cash_on_delivery', 'cash_on_delivery', 'offline'), payment_reference, 'captured',
       total_minor, currency, total_minor, updated_at, updated_at
FROM orders
WHERE payment_status = 'paid'
