-- The vocabulary of the search index: how many listings contain each word, and how many of them in their name. The indexes find
-- the most frequent words that begin with one, two or three characters.
CREATE TABLE search_words (
    language         VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    word             VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    listings         INT NOT NULL,
    names            INT NOT NULL,
    first_character  VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin GENERATED ALWAYS AS (LEFT(word, 1)) STORED,
    two_characters   VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin GENERATED ALWAYS AS (LEFT(word, 2)) STORED,
    three_characters VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin GENERATED ALWAYS AS (LEFT(word, 3)) STORED,
    PRIMARY KEY (language, word),
    KEY search_words_first (language, first_character, listings, word),
    KEY search_words_two (language, two_characters, listings, word),
    KEY search_words_three (language, three_characters, listings, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
