-- The search index, derived by search/index_repository.py: which listings on sale contain a word, in the order of results.
-- The tier is 0 for a word of the name and 2 for another word, and one more while the listing is sold out.
CREATE TABLE search_postings (
    language   VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    word       VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    tier       TINYINT NOT NULL,
    listing_id BIGINT NOT NULL,
    PRIMARY KEY (language, word, tier, listing_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
