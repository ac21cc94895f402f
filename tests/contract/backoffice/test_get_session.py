"""GET /api/v1/admin/session; Shop.ask validates every response against docs/openapi.yaml."""

from microshop.scopes import ALL_SCOPES
from tests.support.shop import Customer, Shop


def test_an_owner_has_every_scope(shop: Shop, admin: Customer) -> None:
    answer = shop.ask("GET", "/admin/session", by=admin)

    assert answer.status_code == 200
    assert answer.json() == {"user_id": admin.id, "scopes": list(ALL_SCOPES), "second_factor_required": False}


def test_the_session_of_a_customer_is_refused(shop: Shop, customer: Customer) -> None:
    answer = shop.ask("GET", "/admin/session", by=customer)

    assert answer.status_code == 403
