-- contracts: the constraint allows more kinds than before and none less.
-- Funds that a dispute took and gave back, and its fee, are movements of money; dispute_id 0: about no dispute.
ALTER TABLE payment_entries
    DROP CONSTRAINT payment_entries_kind,
    ADD COLUMN dispute_id BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT payment_entries_kind CHECK (kind IN (
        'started', 'unknown', 'processing', 'declined', 'captured', 'mismatched', 'stray', 'abandoned', 'cancelled',
        'failed', 'reopened', 'disputed', 'dispute_closed', 'dispute_withdrawn', 'dispute_reinstated', 'dispute_fee',
        'dispute_fee_returned', 'refund_requested', 'refund_unknown', 'refund_pending', 'refunded', 'refund_failed'
    ))
