-- The categories of a listing. The one in position 0 is the main one. A category with listings cannot be deleted.
CREATE TABLE listing_categories (
    listing_id  BIGINT NOT NULL,
    category_id BIGINT NOT NULL,
    position    TINYINT NOT NULL,
    PRIMARY KEY (listing_id, category_id),
    UNIQUE KEY listing_categories_position (listing_id, position),
    KEY listing_categories_of_category (category_id, listing_id),
    CONSTRAINT listing_categories_listing FOREIGN KEY (listing_id) REFERENCES listings (id),
    CONSTRAINT listing_categories_category FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT listing_categories_positions CHECK (position BETWEEN 0 AND 9)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
