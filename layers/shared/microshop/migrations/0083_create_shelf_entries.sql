-- Lists of listings on sale, derived by listings/indexing.py: the shelves `all`, `category:<id>` (also of the categories
-- below it) and `brand:<id>`. Each sort order of a list is an index that ends in the id of the listing. The price is the
-- lowest of the variants on sale; name_key sorts names as readers of the language expect (collation.py).
CREATE TABLE shelf_entries (
    shelf       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    language    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    listing_id  BIGINT NOT NULL,
    name_key    VARBINARY(255) NOT NULL,
    price_minor BIGINT NOT NULL,
    PRIMARY KEY (shelf, language, listing_id),
    KEY shelf_entries_by_price (shelf, language, price_minor, listing_id),
    KEY shelf_entries_by_name (shelf, language, name_key, listing_id),
    KEY shelf_entries_of_listing (listing_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
