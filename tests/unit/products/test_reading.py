"""Reading the catalogue, on fakes."""

import json

from microshop.products.paging import Position, decode_cursor
from microshop.products.product import ProductFilter
from microshop.products.reading import list_products, render_product
from tests.support.fakes import FakeProducts
from tests.support.product_builders import a_product

_ALL = ProductFilter()


def test_page_with_more_to_come_has_a_cursor_after_its_last_product() -> None:
    products = FakeProducts(*(a_product(product_id=number) for number in (9, 7, 5)))

    page = list_products(_ALL, "newest", None, 2, products)

    assert [product.id for product in page.items] == [9, 7]
    assert page.next_cursor is not None
    assert decode_cursor(page.next_cursor, "newest", _ALL) == Position(None, 7)


def test_last_page_has_no_cursor_even_when_it_is_full() -> None:
    products = FakeProducts(a_product(product_id=9), a_product(product_id=7))

    page = list_products(_ALL, "newest", None, 2, products)

    assert (len(page.items), page.next_cursor) == (2, None)


def test_empty_list_has_no_cursor() -> None:
    page = list_products(_ALL, "newest", None, 2, FakeProducts())

    assert (page.items, page.next_cursor) == ([], None)


def test_cursor_contains_the_sort_value() -> None:
    products = FakeProducts(a_product(product_id=1, price_minor=100, name="Ä"), a_product(product_id=2))

    by_price = list_products(_ALL, "price", None, 1, products).next_cursor or ""
    by_name = list_products(_ALL, "name", None, 1, products).next_cursor or ""

    assert decode_cursor(by_price, "price", _ALL) == Position(100, 1)
    assert decode_cursor(by_name, "name", _ALL) == Position("Ä", 1)


def test_rendered_product_is_the_response_body() -> None:
    rendered = render_product(5, FakeProducts(a_product(product_id=5, price_minor=1999, name="水壶")))

    assert rendered is not None
    assert json.loads(rendered.body) == {
        "id": 5,
        "sku": "SKU-5",
        "name": "水壶",
        "description": "Boils water.",
        "category": "Kitchen",
        "image_urls": ["https://img.example.com/1.jpg"],
        "price": "19.99",
        "currency": "USD",
        "stock": 3,
        "version": 1,
        "created_at": "2026-01-02T12:00:00+00:00",
        "updated_at": "2026-01-02T12:00:00+00:00",
    }


def test_etag_begins_with_the_version_and_changes_with_the_content() -> None:
    etags = [
        rendered.etag
        for product in (a_product(version=3, stock=1), a_product(version=3, stock=2), a_product(version=4, stock=1))
        if (rendered := render_product(5, FakeProducts(product)))
    ]

    assert [etag.partition("-")[0] for etag in etags] == ['"3', '"3', '"4']
    assert len(set(etags)) == 3


def test_same_content_has_the_same_etag() -> None:
    assert render_product(5, FakeProducts(a_product())) == render_product(5, FakeProducts(a_product()))


def test_missing_product_is_none() -> None:
    assert render_product(5, FakeProducts()) is None
