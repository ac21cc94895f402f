-- Categories are counted in the shop's currency alone: from the index, without a look at the rows.
ALTER TABLE products
    ADD KEY products_by_currency (archived, currency, category)
