-- Words of the vocabulary with one letter left out, and the words themselves. Two words with one typing error between them, a
-- wrong, missing, additional or swapped letter, have a common entry (search/typing_errors.py).
CREATE TABLE search_deletions (
    language VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    deletion VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    word     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (language, deletion, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
