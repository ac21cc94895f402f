-- Units that came back with a parcel and are not sold again: a movement beside that of their return.
-- contracts: no release uses less; the constraint allows every movement that it allowed before
ALTER TABLE stock_movements
    DROP CONSTRAINT stock_movements_kind,
    ADD CONSTRAINT stock_movements_kind CHECK (
        (kind = 'received' AND quantity > 0 AND order_id IS NULL)
        OR (kind = 'adjusted' AND quantity <> 0 AND order_id IS NULL)
        OR (kind = 'sold' AND quantity < 0 AND order_id IS NOT NULL)
        OR (kind = 'returned' AND quantity > 0 AND order_id IS NOT NULL)
        OR (kind = 'written_off' AND quantity < 0 AND order_id IS NOT NULL)
    )
