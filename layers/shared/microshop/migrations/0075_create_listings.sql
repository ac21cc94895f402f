-- What customers find and look at: one or more variants, which are rows of products. `options` defines what variants differ
-- in, at most three options (listings/options.py). The prices and in_stock summarise the variants on sale; they are NULL and
-- FALSE without any. index_version says with which rules and languages the listing was last indexed (listings/indexing.py).
CREATE TABLE listings (
    id              BIGINT NOT NULL AUTO_INCREMENT,
    state           VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    brand_id        BIGINT NULL,
    options         JSON NOT NULL,
    image_urls      JSON NOT NULL,
    min_price_minor BIGINT NULL,
    max_price_minor BIGINT NULL,
    in_stock        BOOLEAN NOT NULL DEFAULT FALSE,
    index_version   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    version         INT NOT NULL DEFAULT 1,
    created_at      DATETIME(6) NOT NULL,
    updated_at      DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY listings_by_state (state, id),
    KEY listings_by_index_version (index_version, id),
    CONSTRAINT listings_brand FOREIGN KEY (brand_id) REFERENCES brands (id),
    CONSTRAINT listings_states CHECK (state IN ('draft', 'active', 'archived')),
    CONSTRAINT listings_prices CHECK (min_price_minor <= max_price_minor)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
