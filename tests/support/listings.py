"""Puts listings, brands and categories into the database, with the shelves that listings/indexing.py derives."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from microshop.categories.category import ids_of
from microshop.collation import name_key, sort_key
from microshop.listings.options import chosen_options
from microshop.platform.mysql import Database
from tests.support.catalogue import put_on_sale

LANGUAGES = ("en", "zh")
_NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
_INSERT_LISTING = """
INSERT INTO listings (state, brand_id, options, image_urls, min_price_minor, max_price_minor, in_stock, created_at,
    updated_at)
VALUES (%(state)s, %(brand_id)s, %(options)s, '["https://img.example.com/1.jpg"]', %(low)s, %(high)s, %(in_stock)s,
    %(now)s, %(now)s)
"""
_INSERT_TEXT = """
INSERT INTO listing_texts (listing_id, language, name, description)
VALUES (%(listing_id)s, %(language)s, %(name)s, %(description)s)
"""
_INSERT_SLUG = "INSERT INTO listing_slugs (slug, listing_id, is_current) VALUES (%(slug)s, %(listing_id)s, TRUE)"
_INSERT_CATEGORY_OF = """
INSERT INTO listing_categories (listing_id, category_id, position)
VALUES (%(listing_id)s, %(category_id)s, %(position)s)
"""
_ADOPT = """
UPDATE products
SET listing_id = %(listing_id)s, options_key = %(options_key)s, variant_key = %(options_key)s
WHERE id = %(id)s
"""
_INSERT_ENTRY = """
INSERT INTO shelf_entries (shelf, language, listing_id, name_key, price_minor)
VALUES (%(shelf)s, %(language)s, %(listing_id)s, %(name_key)s, %(price_minor)s)
"""
_CATEGORY = """
INSERT INTO categories (parent_id, path, position, slug, created_at, updated_at)
VALUES (%(parent_id)s, %(path)s, %(position)s, %(slug)s, %(now)s, %(now)s)
"""
_CATEGORY_TEXT = """
INSERT INTO category_texts (category_id, parent_id, language, name, name_key)
VALUES (%(category_id)s, %(parent_id)s, %(language)s, %(name)s, %(name_key)s)
"""
_BRAND = "INSERT INTO brands (name, name_key, created_at, updated_at) VALUES (%(name)s, %(key)s, %(now)s, %(now)s)"
_LISTINGS_FROM = "FROM listings WHERE id > %(after)s"
_MANY = (
    """
INSERT INTO listings (id, state, options, image_urls, min_price_minor, max_price_minor, in_stock, created_at,
    updated_at)
WITH RECURSIVE hundred (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hundred WHERE n < 99)
SELECT %(after)s + number, 'active', '[]', '[]', 100 + MOD(number, 50), 100 + MOD(number, 50), TRUE, %(now)s, %(now)s
FROM (SELECT 1 + ones.n + 100 * hundreds.n AS number FROM hundred AS ones, hundred AS hundreds) AS numbers
WHERE number <= %(count)s
""",
    f"""
INSERT INTO listing_texts (listing_id, language, name, description)
SELECT id, 'en', CONCAT('Shirt ', id), '' {_LISTINGS_FROM}
""",
    f"INSERT INTO listing_slugs (slug, listing_id, is_current) SELECT CONCAT('s-', id), id, TRUE {_LISTINGS_FROM}",
    f"""
INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version, archived,
    low_stock_threshold, created_at, updated_at, listing_id, options_key, variant_key)
SELECT CONCAT('MANY-', id), 'Shirt', '', 'many', '[]', min_price_minor, 'USD', 0, 1, FALSE, 0, %(now)s, %(now)s, id,
    IF(MOD(id, 2), 'color=red', 'color=blue'), IF(MOD(id, 2), 'color=red', 'color=blue')
{_LISTINGS_FROM}
""",
    f"""
INSERT INTO shelf_entries (shelf, language, listing_id, name_key, price_minor)
SELECT 'all', 'en', id, CONCAT('shirt ', id), min_price_minor {_LISTINGS_FROM}
""",
)
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class GivenVariant:
    """A variant of a listing."""

    options_key: str = ""
    price_minor: int = 1000
    stock: int = 3
    currency: str = "USD"
    archived: bool = False


def put_brand(database: Database, name: str) -> int:
    """Insert a brand. Returns its id."""
    return database.insert(_BRAND, {"name": name, "key": name_key(name), "now": _NOW})


def put_category(database: Database, name: str, parent_id: int = 0, **translations: str) -> int:
    """Insert a category as the last child of a parent; 0 is the root. Returns its id."""
    number = next(_NUMBERS)
    row = database.row("SELECT path FROM categories WHERE id = %(id)s", {"id": parent_id})
    slug = f"{name.lower().replace(' ', '-')}-{number}"
    values = {"parent_id": parent_id, "path": f"/new-{number}/", "position": number, "slug": slug, "now": _NOW}
    category_id = database.insert(_CATEGORY, values)
    path = f"{row['path'] if row else '/'}{category_id}/"
    database.execute("UPDATE categories SET path = %(path)s WHERE id = %(id)s", {"path": path, "id": category_id})
    for language, text in {"en": name, **translations}.items():
        values = {"category_id": category_id, "parent_id": parent_id, "language": language, "name": text}
        database.execute(_CATEGORY_TEXT, {**values, "name_key": name_key(text)})
    return category_id


def put_listing(
    database: Database,
    *,
    names: str | Mapping[str, str] = "Shirt",
    description: str = "Keeps you warm.",
    brand_id: int | None = None,
    category_ids: Sequence[int] = (),
    variants: Sequence[GivenVariant] = (GivenVariant(),),
    options: Sequence[object] | None = None,
    state: str = "active",
    slug: str | None = None,
) -> int:
    """Insert a listing with its variants, and put it on its shelves. Returns its id.

    Unless `options` are given, each option and value has the name of its code.
    """
    texts = {"en": names} if isinstance(names, str) else dict(names)
    on_sale = [each for each in variants if not each.archived and each.currency == "USD"]
    prices = [each.price_minor for each in on_sale]
    listing_id = database.insert(
        _INSERT_LISTING,
        {
            "state": state,
            "brand_id": brand_id,
            "options": json.dumps(_options(variants) if options is None else options),
            "low": min(prices, default=None),
            "high": max(prices, default=None),
            "now": _NOW,
            "in_stock": any(each.stock for each in on_sale),
        },
    )
    for language, name in texts.items():
        values = {"listing_id": listing_id, "language": language, "name": name, "description": description}
        database.execute(_INSERT_TEXT, values)
    database.execute(_INSERT_SLUG, {"slug": slug or f"listing-{listing_id}", "listing_id": listing_id})
    for position, category_id in enumerate(category_ids):
        values = {"listing_id": listing_id, "category_id": category_id, "position": position}
        database.execute(_INSERT_CATEGORY_OF, values)
    for variant in variants:
        put_variant(database, listing_id, variant, texts["en"])
    if on_sale and state == "active":
        _put_on_shelves(database, listing_id, texts, _shelves(database, brand_id, category_ids), min(prices))
    return listing_id


def put_variant(database: Database, listing_id: int, variant: GivenVariant, name: str = "Shirt") -> int:
    """Insert a variant of a listing. Returns the id of its product."""
    product_id = put_on_sale(
        database,
        name=name,
        price_minor=variant.price_minor,
        stock=variant.stock,
        currency=variant.currency,
        archived=variant.archived,
    )
    database.execute(_ADOPT, {"id": product_id, "listing_id": listing_id, "options_key": variant.options_key})
    return product_id


def take_off_shelves(database: Database, listing_id: int) -> None:
    """Archive a listing."""
    database.execute("UPDATE listings SET state = 'archived' WHERE id = %(id)s", {"id": listing_id})
    database.execute("DELETE FROM shelf_entries WHERE listing_id = %(id)s", {"id": listing_id})


def change_on_shelves(database: Database, listing_id: int, *, name: str, price_minor: int) -> None:
    """Rename a listing and give its variants another price."""
    values = {"id": listing_id, "name": name, "price": price_minor}
    database.execute("UPDATE products SET price_minor = %(price)s WHERE listing_id = %(id)s", values)
    database.execute("UPDATE listing_texts SET name = %(name)s WHERE listing_id = %(id)s", values)
    for language in LANGUAGES:
        database.execute(
            "UPDATE shelf_entries SET name_key = %(key)s, price_minor = %(price)s"
            " WHERE listing_id = %(id)s AND language = %(language)s",
            {**values, "key": sort_key(name, language), "language": language},
        )


def _shelves(database: Database, brand_id: int | None, category_ids: Sequence[int]) -> list[str]:
    """Returns the shelves of the shop, of a brand, and of categories and those above them."""
    shelves = {"all", *([f"brand:{brand_id}"] if brand_id else [])}
    if category_ids:
        rows = database.rows("SELECT path FROM categories WHERE id IN %(ids)s", {"ids": tuple(category_ids)})
        shelves |= {f"category:{each}" for row in rows for each in ids_of(row["path"])}
    return sorted(shelves)


def _put_on_shelves(
    database: Database, listing_id: int, texts: Mapping[str, str], shelves: Sequence[str], price_minor: int
) -> None:
    for shelf, language in itertools.product(shelves, LANGUAGES):
        key = sort_key(texts.get(language) or texts["en"], language)
        values = {"shelf": shelf, "language": language, "listing_id": listing_id, "name_key": key}
        database.execute(_INSERT_ENTRY, {**values, "price_minor": price_minor})


def _options(variants: Sequence[GivenVariant]) -> list[object]:
    values = dict[str, dict[str, None]]()
    for variant in variants:
        for code, value in chosen_options(variant.options_key).items():
            values.setdefault(code, {})[value] = None
    return [
        {
            "code": code,
            "name": {"en": code.title()},
            "values": [{"code": value, "name": {"en": value.title()}} for value in of_code],
        }
        for code, of_code in values.items()
    ]


def put_many(database: Database, count: int) -> None:
    """Insert listings with one red or blue variant each, on the shelf `all`, and let the server count them."""
    [row] = database.rows("SELECT COALESCE(MAX(id), 0) AS id FROM listings")
    values = {"after": row["id"], "count": count, "now": _NOW}
    database.begin()
    for statement in _MANY:
        database.execute(statement, values)
    database.commit()
    database.rows("ANALYZE TABLE listings, listing_texts, listing_slugs, products, shelf_entries")
