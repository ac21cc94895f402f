-- What was paid before orders had amounts: offline, or on delivery.
UPDATE orders
SET captured_minor = total_minor
WHERE payment_status = 'paid'
