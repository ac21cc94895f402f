-- All slugs that a listing has had, so that old links redirect. One of them is current, by key; for others is_current is NULL.
CREATE TABLE listing_slugs (
    slug       VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    listing_id BIGINT NOT NULL,
    is_current BOOLEAN NULL,
    PRIMARY KEY (slug),
    UNIQUE KEY listing_slugs_current (listing_id, is_current),
    CONSTRAINT listing_slugs_listing FOREIGN KEY (listing_id) REFERENCES listings (id),
    CONSTRAINT listing_slugs_one CHECK (is_current = TRUE)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
