"""GET /api/v1/admin/audit-log; Shop.ask validates every response against docs/openapi.yaml."""

from typing import Any
from urllib.parse import urlencode

from tests.support.shop import Customer, Shop


def _adjust(shop: Shop, admin: Customer, product_id: int, delta: int) -> str:
    """Returns the request id."""
    body = {"delta": delta, "reason": "Mrs Smith counted them"}
    answer = shop.ask("POST", f"/products/{product_id}/stock", by=admin, json=body)
    assert answer.status_code == 200, answer.text
    return answer.headers["X-Request-Id"]


def _list(shop: Shop, admin: Customer, **filters: Any) -> dict[str, Any]:
    answer = shop.ask("GET", f"/admin/audit-log?{urlencode(filters)}", by=admin)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def test_a_change_is_listed_with_its_request_and_without_personal_data(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=10)

    request_id = _adjust(shop, admin, product_id, 2)

    page = _list(shop, admin, entity="product", entity_id=product_id, action="stock.adjust", user_id=admin.id)
    [entry] = page["items"]
    assert (entry["user_id"], entry["key_id"], entry["request_id"]) == (admin.id, None, request_id)
    assert entry["changes"] == {"stock": [10, 12], "kind": [None, "adjusted"], "reason": None}
    assert page["next_cursor"] is None
    assert "Mrs Smith" not in str(page)


def test_a_page_leads_to_the_next(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=10)
    requests = [_adjust(shop, admin, product_id, 1) for _ in range(3)]
    entity = {"entity": "product", "entity_id": product_id}

    first = _list(shop, admin, **entity, limit=2, count="true")
    second = _list(shop, admin, **entity, limit=2, cursor=first["next_cursor"])

    assert [entry["request_id"] for entry in first["items"] + second["items"]] == requests[::-1]
    assert first["count"] == {"value": 3, "exact": True}


def test_half_an_entity_is_refused(shop: Shop, admin: Customer) -> None:
    answer = shop.ask("GET", "/admin/audit-log?entity=product", by=admin)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["entity_id"]
