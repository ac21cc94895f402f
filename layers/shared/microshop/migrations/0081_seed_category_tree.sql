-- The row that writes of the category tree lock.
INSERT INTO category_tree (id, version) VALUES (1, 1)
