-- The names of a category, one row per language. name_key is the name without case, accents and width (collation.py).
CREATE TABLE category_texts (
    category_id BIGINT NOT NULL,
    language    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name        VARCHAR(64) NOT NULL,
    name_key    VARBINARY(255) NOT NULL,
    PRIMARY KEY (category_id, language),
    KEY category_texts_by_name (name_key, language),
    CONSTRAINT category_texts_category FOREIGN KEY (category_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
