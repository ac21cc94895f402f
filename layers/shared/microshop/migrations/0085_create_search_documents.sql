-- The words of each listing in the search index, separated and surrounded by blanks. other_words has those that are not in the
-- name. Searches for several words look up the other words here, and an update of the index finds what it must remove.
CREATE TABLE search_documents (
    listing_id  BIGINT NOT NULL,
    language    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    in_stock    BOOLEAN NOT NULL,
    name_words  MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    other_words MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (listing_id, language)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
