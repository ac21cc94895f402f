-- The search index, derived by search/index_repository.py: which listings on sale contain a word. The relevance is 2 or 3 for
-- a word of the name and 0 or 1 for another word; odd while the listing is in stock. Read backwards, a word has its results in
-- their order.
CREATE TABLE search_postings (
    language   VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    word       VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    relevance  TINYINT NOT NULL,
    listing_id BIGINT NOT NULL,
    PRIMARY KEY (language, word, relevance, listing_id),
    CONSTRAINT search_postings_relevance CHECK (relevance BETWEEN 0 AND 3)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
