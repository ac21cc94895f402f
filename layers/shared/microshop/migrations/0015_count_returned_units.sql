-- How many units of a line have gone back to stock, or are on their way with a refund: never more than were sold.
ALTER TABLE order_lines
    ADD COLUMN returned INT NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_lines_returned CHECK (returned BETWEEN 0 AND quantity)
