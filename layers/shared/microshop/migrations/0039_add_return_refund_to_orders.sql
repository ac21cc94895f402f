-- How much of the money of a returned order goes back in all, once an admin has decided that.
ALTER TABLE orders
    ADD COLUMN return_refund_minor BIGINT NULL CHECK (return_refund_minor >= 0)
