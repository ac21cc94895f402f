-- A confirmed order can be refunded whole, in the provider's dashboard if not here. It is then not shipped. What came for
-- an expired order can go back in parts.
ALTER TABLE orders
    DROP CONSTRAINT orders_state,
    ADD CONSTRAINT orders_state CHECK (
        (status = 'pending' AND payment_status IN ('unpaid', 'processing', 'review'))
        OR (status = 'confirmed' AND payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'shipped' AND payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'delivered' AND payment_status IN ('paid', 'partially_refunded', 'refunded'))
        OR (status = 'cancelled' AND payment_status IN ('unpaid', 'review', 'paid', 'partially_refunded', 'refunded'))
        OR (status = 'expired' AND payment_status IN ('unpaid', 'review', 'paid', 'partially_refunded', 'refunded'))
    )
