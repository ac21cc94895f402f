"""Request bodies of the catalogue, and how a refusal names the wrong field."""

from typing import Any

from microshop.products.schemas import AdjustStockRequest, CreateProductRequest, UpdateProductRequest
from tests.support.body_checks import body_problems, read_body, refused_fields
from tests.support.product_builders import a_product_body
from tests.support.table_rows import wrong_answers

_URL = "https://img.example.com/1.jpg"
_NEW: dict[str, Any] = {"name": "Kettle", "price": "19.99"}
_WHOLE = {name: value for name, value in a_product_body().items() if name != "low_stock_threshold"}
_ADJUSTED: dict[str, Any] = {"delta": -1, "reason": "broken"}


def test_name_and_price_are_enough_for_a_product() -> None:
    made = read_body(CreateProductRequest, _NEW)

    assert (made.stock, made.description, made.category, made.sku) == (0, "", "general", None)
    assert (made.image_urls, made.low_stock_threshold) == ([], 10)


def test_product_may_have_every_field_at_its_limit() -> None:
    largest = {
        "name": "😀" * 199 + "a",
        "price": 99_999_999.99,
        "stock": 1_000_000,
        "description": "字" * 10_000,
        "category": "c" * 64,
        "sku": "s" * 64,
        "image_urls": [f"https://a.example/{'a' * 482}"] * 20,
        "low_stock_threshold": 1_000_000,
    }

    assert read_body(CreateProductRequest, largest).model_dump() == {**largest, "price": "99999999.99"}


def test_blank_optional_text_counts_as_left_out() -> None:
    made = read_body(CreateProductRequest, {**_NEW, "category": " ", "sku": "", "description": " "})

    assert (made.category, made.sku, made.description) == ("general", None, "")


def test_texts_are_stored_in_normal_form() -> None:
    made = read_body(CreateProductRequest, {**_NEW, "name": " Cafe\u0301 ", "category": " Kitchen\t", "sku": " K-1 "})

    assert (made.name, made.category, made.sku) == ("Café", "Kitchen", "K-1")


def test_new_product_names_a_wrong_field_once() -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"name": "a" * 1001}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"price": None}, "price"),
        ({"price": ""}, "price"),
        ({"price": "19,99"}, "price"),
        ({"price": -1}, "price"),
        ({"price": True}, "price"),
        ({"price": [19.99]}, "price"),
        ({"price": {"amount": 19.99}}, "price"),
        ({"price": 1e30}, "price"),
        ({"stock": -1}, "stock"),
        ({"stock": 1_000_001}, "stock"),
        ({"stock": 1.5}, "stock"),
        ({"stock": "5"}, "stock"),
        ({"stock": True}, "stock"),
        ({"stock": None}, "stock"),
        ({"description": "a" * 10_001}, "description"),
        ({"description": "a\x01b"}, "description"),
        ({"name": "a\u202eb"}, "name"),
        ({"category": "😀"}, "category"),
        ({"sku": "a\u200bb"}, "sku"),
        ({"category": "c" * 65}, "category"),
        ({"sku": "s" * 65}, "sku"),
        ({"sku": None}, "sku"),
        ({"image_urls": _URL}, "image_urls"),
        ({"image_urls": [_URL] * 21}, "image_urls"),
        ({"image_urls": [_URL, "x"]}, "image_urls.1"),
        ({"image_urls": [None]}, "image_urls.0"),
        ({"image_urls": [f"https://{'a' * 493}"]}, "image_urls.0"),
        ({"low_stock_threshold": -1}, "low_stock_threshold"),
        ({"low_stock_threshold": 1_000_001}, "low_stock_threshold"),
        ({"id": 5}, "id"),
        ({"version": 1}, "version"),
    ]

    def named(changed: dict[str, Any]) -> list[str]:
        return refused_fields(CreateProductRequest, {**_NEW, **changed})

    assert wrong_answers(named, [(changed, [field]) for changed, field in rows]) == []


def test_image_is_refused_when_no_browser_would_load_it() -> None:
    urls = [
        "",
        "img.example.com/1.jpg",
        "ftp://example.com/1.jpg",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//example.com/1.jpg",
        "https://",
        "https:///1.jpg",
        "https://^K<,e",
        "https://exa mple.com/1.jpg",
        "https://exam^ple.com/1.jpg",
        "https://-example.com/1.jpg",
        "https://a..example.com/1.jpg",
        "https://☃.example/1.jpg",
        "https://ada@example.com/1.jpg",
        "https://ada:secret@example.com/1.jpg",
        "https://@例え.jp/1.jpg",
        "https://example.com:port/1.jpg",
        "https://example.com:70000/1.jpg",
        "https://example.com/a b.jpg",
        "https://example.com/<1>.jpg",
        'https://example.com/".jpg',
        "https://example.com/a^b.jpg",
        "https://example.com/a\\b.jpg",
        "https://example.com/{a}|`b`.jpg",
        "https://example.com/\u200b1.jpg",
        "https://example.com/\u202e1.jpg",
        "https://example.com/\x7f1.jpg",
        "https://example.com/\u00a01.jpg",
        "https://example.com/\ue000.jpg",
        f"https://example.com/{'水' * 60}.jpg",
        "https://example.com/\n1.jpg",
        "https://[::1/1.jpg",
    ]

    def named(url: str) -> list[str]:
        return refused_fields(CreateProductRequest, {**_NEW, "image_urls": [url]})

    assert wrong_answers(named, [(url, ["image_urls.0"]) for url in urls]) == []


def test_image_is_any_web_address() -> None:
    urls = [_URL, "http://localhost:3000/1.jpg?w=100#top", "HTTPS://EXAMPLE.COM/%E6%B0%B4.jpg"]

    assert read_body(CreateProductRequest, {**_NEW, "image_urls": urls}).image_urls == urls


def test_image_of_any_file_name_is_stored_percent_encoded() -> None:
    rows = [
        (
            "https://example.com/水壶.jpg?größe=1#ä",
            "https://example.com/%E6%B0%B4%E5%A3%B6.jpg?gr%C3%B6%C3%9Fe=1#%C3%A4",
        ),
        ("https://例え.jp/1.jpg", "https://xn--r8jz45g.jp/1.jpg"),
        ("http://Bücher.example:8080", "http://xn--bcher-kva.example:8080"),
        ("https://example.com/100%.jpg", "https://example.com/100%25.jpg"),
        ("https://my_bucket.s3.example.com/a+b(1),~'!$&*;=@:%20.jpg",) * 2,
        ("http://127.0.0.1:3000/1.jpg",) * 2,
        ("https://[2001:db8::1]/1.jpg",) * 2,
        (
            "https://example.com/م\u200cم.jpg",
            "https://example.com/%D9%85%E2%80%8C%D9%85.jpg",
        ),
    ]

    def stored(url: str) -> list[str]:
        return read_body(CreateProductRequest, {**_NEW, "image_urls": [url]}).image_urls

    assert wrong_answers(stored, [(given, [url]) for given, url in rows]) == []
    assert wrong_answers(stored, [(url, [url]) for _, url in rows]) == []


def test_change_is_refused_when_a_field_of_the_product_is_left_out() -> None:
    def problems(left_out: str) -> dict[str, str]:
        return body_problems(UpdateProductRequest, {name: value for name, value in _WHOLE.items() if name != left_out})

    assert wrong_answers(problems, [(name, {name: "is required"}) for name in _WHOLE]) == []


def test_change_may_leave_out_threshold_and_version() -> None:
    sent = read_body(UpdateProductRequest, _WHOLE)

    assert (sent.low_stock_threshold, sent.version) == (None, None)


def test_change_names_a_field_that_it_cannot_set() -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"description": "stored before\x01"}, "description"),
        ({"sku": ""}, "sku"),
        ({"category": ""}, "category"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"stock": 5}, "stock"),
        ({"sku": None}, "sku"),
    ]

    def named(changed: dict[str, Any]) -> list[str]:
        return refused_fields(UpdateProductRequest, {**_WHOLE, **changed})

    assert wrong_answers(named, [(changed, [field]) for changed, field in rows]) == []


def test_stock_change_is_an_adjustment_by_default() -> None:
    assert read_body(AdjustStockRequest, _ADJUSTED).kind == "adjusted"
    assert read_body(AdjustStockRequest, {"delta": 5, "reason": "delivery", "kind": "received"}).kind == "received"


def test_stock_adjustment_names_its_wrong_field() -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"delta": 0}, "delta"),
        ({"delta": -1, "kind": "received"}, "delta"),
        ({"delta": 0, "kind": "received"}, "delta"),
        ({"delta": 1_000_001}, "delta"),
        ({"delta": -1_000_001}, "delta"),
        ({"delta": 1.0}, "delta"),
        ({"delta": True}, "delta"),
        ({"reason": " "}, "reason"),
        ({"reason": "a" * 201}, "reason"),
        ({"reason": "a\nb"}, "reason"),
        ({"kind": "sold"}, "kind"),
        ({"kind": "returned"}, "kind"),
        ({"order_id": 1}, "order_id"),
    ]

    def named(changed: dict[str, Any]) -> list[str]:
        return refused_fields(AdjustStockRequest, {**_ADJUSTED, **changed})

    assert wrong_answers(named, [(changed, [field]) for changed, field in rows]) == []


def test_reasons_have_the_wording_of_the_shop() -> None:
    problems = body_problems(CreateProductRequest, {"name": "a\nb", "price": "x", "stock": -1, "image_urls": ["x"]})

    assert problems == {
        "name": "must not contain control characters",
        "price": "must be an amount such as 19.99",
        "stock": "must be greater than or equal to 0",
        "image_urls.0": "must be an https:// or http:// URL, without a user name or blanks",
    }
