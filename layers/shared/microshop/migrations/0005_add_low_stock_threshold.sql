-- From which number of units on hand downwards a product counts as low. A default: rows of the release before have none.
ALTER TABLE products
    ADD COLUMN low_stock_threshold INT NOT NULL DEFAULT 10,
    ADD CONSTRAINT products_low_stock_threshold CHECK (low_stock_threshold >= 0)
