-- Each word of the vocabulary with one letter left out, and the word itself. Two words with a common entry differ by one
-- typing error at most: a wrong, missing, additional or swapped letter (search/typing_errors.py).
CREATE TABLE search_deletions (
    language VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    deletion VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    word     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (language, deletion, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
