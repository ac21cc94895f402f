-- The names of a category, one row per language. name_key is the name without case, accents and width (collation.py).
-- parent_id follows that of the category, so that the key refuses two siblings with the same name.
CREATE TABLE category_texts (
    category_id BIGINT NOT NULL,
    language    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    parent_id   BIGINT NOT NULL,
    name        VARCHAR(64) NOT NULL,
    name_key    VARBINARY(255) NOT NULL,
    PRIMARY KEY (category_id, language),
    UNIQUE KEY category_texts_siblings (parent_id, language, name_key),
    KEY category_texts_by_name (name_key, language),
    KEY category_texts_category (category_id, parent_id),
    CONSTRAINT category_texts_category FOREIGN KEY (category_id, parent_id) REFERENCES categories (id, parent_id)
        ON UPDATE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
