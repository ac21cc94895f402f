"""Creation of the demo products."""

from typing import Any
from unittest.mock import Mock

import pytest

from microshop.listings.listing import State
from tools.demo.catalogue_files import read_catalogue
from tools.operator.api import Api, Refused
from tools.operator.seeding import seed
from tools.problems import LocalProblem


def test_seeding_is_refused_when_the_stack_serves_customers() -> None:
    stack = Mock()
    stack.name = "microshop-prod"

    with pytest.raises(LocalProblem, match="FORCE=yes"):
        list(seed(stack, email="ada@example.com", force=False))


def test_seeding_uses_whole_prices_in_a_currency_without_decimals(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[str]()

    def post(_: Api, path: str, body: dict[str, Any]) -> Any:
        if path == "/users/login":
            return {"token": "t", "user": {"role": "admin"}}
        if "." in body["price"]:
            reason = {"field": "price", "reason": "JPY has 0 decimal digits"}
            raise Refused({"type": "urn:microshop:problem:invalid-input", "errors": [reason]})
        sent.append(body["price"])
        return {}

    monkeypatch.setattr(Api, "post", post)
    stack = Mock(api_url="http://127.0.0.1:1")
    stack.name = "the local stack"

    [line] = seed(stack, email=None, force=False)

    catalogue = read_catalogue()
    on_sale = [
        str(variant.price_minor)
        for index, variant in catalogue.products()
        if catalogue.listings[index].state == State.ACTIVE
    ]
    assert sent == on_sale
    assert line == f"the local stack: {len(on_sale)} products created, 0 already existed."
