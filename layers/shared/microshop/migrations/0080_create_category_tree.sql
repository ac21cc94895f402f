-- One row, which every write of the category tree locks: concurrent moves would otherwise make a cycle of two categories.
-- grants: SELECT, UPDATE
CREATE TABLE category_tree (
    id      TINYINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT category_tree_one_row CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
