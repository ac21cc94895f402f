"""The SQL of what disputes withhold, for every statement that needs it."""

# What disputes withhold of a payment: the bank has withdrawn the funds, or is about to, so a refund would pay twice. It
# is computed, not stored, so that it cannot differ from the disputes. One in another currency withholds everything.
WITHHELD_MINOR = """(
    SELECT CAST(COALESCE(
        SUM(IF(disputes.currency = payments.currency, disputes.amount_minor, payments.captured_minor)), 0
    ) AS SIGNED)
    FROM disputes
    WHERE disputes.payment_id = payments.id
      AND disputes.status IN ('open', 'lost')
)"""
# While a dispute is open, a requested refund for which it leaves too little waits for its end, and is not late.
WAITS_FOR_DISPUTE = f"""(
    payments.dispute_status <=> 'open'
    AND payments.refunded_minor + {WITHHELD_MINOR} > payments.captured_minor
)"""
