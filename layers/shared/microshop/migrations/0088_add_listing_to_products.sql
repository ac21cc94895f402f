-- A product is a variant of a listing. options_key has its options, sorted, as in color=red;size=m. variant_key is the same,
-- or NULL once an archived variant has released its options, so no listing has two equal variants. A product that is off
-- sale only because its listing is a draft or archived has hidden_by_listing. is_low: staff list what is to be reordered,
-- by the rule of the event StockLow.
-- contracts: rows of the previous release have no listing, and NULL repeats in a unique key; its updates change none of these.
ALTER TABLE products
    ADD COLUMN listing_id BIGINT NULL,
    ADD COLUMN options_key VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    ADD COLUMN variant_key VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL DEFAULT '',
    ADD COLUMN hidden_by_listing BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN is_low BOOLEAN GENERATED ALWAYS AS (NOT archived AND stock < low_stock_threshold) STORED,
    ADD KEY products_low_stock (is_low, id),
    ADD UNIQUE KEY products_variant (listing_id, variant_key),
    ADD CONSTRAINT products_listing FOREIGN KEY (listing_id) REFERENCES listings (id),
    ADD CONSTRAINT products_variant_key CHECK (variant_key = options_key OR (variant_key IS NULL AND archived)),
    ADD CONSTRAINT products_hidden CHECK (archived OR NOT hidden_by_listing)
