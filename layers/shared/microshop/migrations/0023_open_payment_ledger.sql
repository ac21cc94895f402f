-- What was captured when the ledger began.
INSERT INTO payment_entries (payment_id, kind, amount_minor, currency, reference, reason, created_at)
SELECT id, 'captured', captured_minor, currency, COALESCE(reference, ''), 'paid before the ledger began', created_at
FROM payments
WHERE state = 'captured'
