-- The category tree. parent_id is the truth (0 is the root); path is derived from it: the ids from the root, as in /3/17/.
-- Every write locks the row of category_tree first. Siblings are sorted by position, and with the same position by name.
-- refresh_after is set while listings must be indexed again because the category was moved or renamed: those with larger
-- ids are still to do.
CREATE TABLE categories (
    id            BIGINT NOT NULL AUTO_INCREMENT,
    parent_id     BIGINT NOT NULL,
    path          VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position      INT NOT NULL,
    slug          VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    refresh_after BIGINT NULL,
    version       INT NOT NULL DEFAULT 1,
    created_at    DATETIME(6) NOT NULL,
    updated_at    DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY categories_path (path),
    UNIQUE KEY categories_slug (slug),
    UNIQUE KEY categories_parent (id, parent_id),
    KEY categories_siblings (parent_id, position),
    KEY categories_to_refresh (refresh_after),
    CONSTRAINT categories_levels CHECK (LENGTH(path) - LENGTH(REPLACE(path, '/', '')) <= 7),
    CONSTRAINT categories_positions CHECK (position >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
