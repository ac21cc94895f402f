"""Changes of a product name the version that they are based on; Shop.ask checks each answer against the description."""

from requests import Response

from tests.contract.products.managing import adjust_stock, new_details
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_UNUSED_ID = 2**62


def test_a_change_with_the_products_etag_answers_200_with_the_product(shop: Shop, admin: Customer) -> None:
    product_id, details = shop.product(stock=7), new_details()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=details, headers={"If-Match": etag})

    assert (answer.status_code, answer.json()["version"], answer.json()["stock"]) == (200, 2, 7)
    assert {name: answer.json()[name] for name in details} == details


def test_the_etag_of_a_change_is_valid_for_the_next_change(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]

    for version in (2, 3, 4):
        answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=new_details(), headers={"If-Match": etag})
        assert answer.json()["version"] == version
        etag = answer.headers["ETag"]


def test_an_etag_still_matches_after_the_stock_has_changed(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()
    etag = shop.ask("GET", f"/products/{product_id}").headers["ETag"]
    adjust_stock(shop, admin, product_id, 5)

    answer = shop.ask("PUT", f"/products/{product_id}", by=admin, json=new_details(), headers={"If-Match": etag})

    assert answer.status_code == 200
    assert shop.ask("GET", f"/products/{product_id}").headers["ETag"] != etag


def test_a_change_may_name_its_version_in_header_or_body(shop: Shop, admin: Customer) -> None:
    rows: list[tuple[dict[str, str], dict[str, int]]] = [
        ({"If-Match": "*"}, {}),
        ({}, {"version": 1}),
        ({"If-Match": '"1"'}, {}),
    ]

    def version(headers: dict[str, str], fields: dict[str, int]) -> object:
        return _update(shop, admin, shop.product(), headers, fields).json()["version"]

    assert wrong_answers(version, [(*row, 2) for row in rows]) == []


def test_a_change_of_no_version_or_of_another_is_refused(shop: Shop, admin: Customer) -> None:
    rows: list[tuple[dict[str, str], dict[str, int], tuple[int, str]]] = [
        ({}, {}, (428, "precondition-required")),
        ({"If-Match": '"2"'}, {}, (412, "precondition-failed")),
        ({"If-Match": 'W/"1"'}, {}, (412, "precondition-failed")),
        ({}, {"version": 2}, (409, "version-conflict")),
        ({"If-Match": '"2"'}, {"version": 1}, (412, "precondition-failed")),
        ({"If-Match": '"1"'}, {"version": 2}, (409, "version-conflict")),
        ({"If-Match": "*"}, {"version": 2}, (409, "version-conflict")),
    ]
    product_id = shop.product()
    before = shop.contents()

    def refused(headers: dict[str, str], fields: dict[str, int]) -> tuple[int, str]:
        return refusal(_update(shop, admin, product_id, headers, fields))

    assert wrong_answers(refused, rows) == []
    assert shop.contents() == before


def test_the_second_change_of_a_version_answers_409_with_the_new_version(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()

    answers = [
        shop.ask("PUT", f"/products/{product_id}", by=admin, json={**new_details(), "version": 1}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert "version 2" in answers[1].json()["detail"]


def test_archiving_another_version_answers_412(shop: Shop, admin: Customer) -> None:
    product_id = shop.product()

    answer = shop.ask("DELETE", f"/products/{product_id}", by=admin, headers={"If-Match": '"2"'})

    assert refusal(answer) == (412, "precondition-failed")
    assert shop.ask("GET", f"/products/{product_id}").status_code == 200


def _update(shop: Shop, by: Customer, product_id: int, headers: dict[str, str], fields: dict[str, int]) -> Response:
    return shop.ask("PUT", f"/products/{product_id}", by=by, json={**new_details(), **fields}, headers=headers)
