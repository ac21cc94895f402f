-- The vocabulary of the search index, with the number of listings that contain each word.
CREATE TABLE search_words (
    language VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    word     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    listings INT NOT NULL,
    PRIMARY KEY (language, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
