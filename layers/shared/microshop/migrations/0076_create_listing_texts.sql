-- The texts of a listing, one row per language. Every listing has one in the shop's first language. Staff find listings by the
-- beginning of their name.
CREATE TABLE listing_texts (
    listing_id  BIGINT NOT NULL,
    language    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name        VARCHAR(200) NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (listing_id, language),
    KEY listing_texts_by_name (language, name, listing_id),
    CONSTRAINT listing_texts_listing FOREIGN KEY (listing_id) REFERENCES listings (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
