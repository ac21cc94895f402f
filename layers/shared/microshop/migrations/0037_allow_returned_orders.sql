-- A shipped order whose parcel came back. The other pairs are those of migration 12.
-- contracts: no release uses less; the constraint allows every pair that it allowed before
ALTER TABLE orders
    DROP CONSTRAINT orders_state,
    ADD CONSTRAINT orders_state CHECK (
        (status = 'pending' AND payment_status IN ('unpaid', 'processing', 'review'))
        OR (status = 'confirmed' AND payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'shipped' AND payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'delivered' AND payment_status IN ('paid', 'partially_refunded', 'refunded'))
        OR (status = 'returned' AND payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'cancelled' AND payment_status IN ('unpaid', 'review', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'expired' AND payment_status IN ('unpaid', 'review', 'paid', 'partially_refunded', 'refunded'))
    )
