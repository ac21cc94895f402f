"""Creation of the demo products."""

import json
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


class _Shop:
    """Answers as a shop with one language, whose currency has no decimals."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def get(self, _: str) -> Any:
        return {"items": []}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        if path == "/users/login":
            return {"token": "t", "user": {"role": "admin"}}
        unknown = [{"field": "texts.zh", "reason": "must be one of the languages en"}] if "zh" in body["texts"] else []
        prices = [variant["price"] for variant in body.get("variants", ())]
        fractions = [
            {"field": f"variants.{number}.price", "reason": "JPY has 0 decimal digits"}
            for number, price in enumerate(prices)
            if "." in price
        ]
        if problems := unknown or fractions:
            raise Refused({"type": "urn:microshop:problem:invalid-input", "errors": problems})
        self.sent.append((path, body))
        return {"id": len(self.sent)}


def test_seeding_sends_the_languages_and_whole_prices_that_the_shop_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = _Shop()
    monkeypatch.setattr(Api, "get", lambda _, path: shop.get(path))
    monkeypatch.setattr(Api, "post", lambda _, path, body: shop.post(path, body))
    stack = Mock(api_url="http://127.0.0.1:1")
    stack.name = "the local stack"

    [line] = seed(stack, email=None, force=False)

    catalogue = read_catalogue()
    on_sale = [listing for listing in catalogue.listings if listing.state == State.ACTIVE]
    listings = [body for path, body in shop.sent if path == "/admin/listings"]
    assert len(shop.sent) == len(catalogue.categories) + len(on_sale)
    assert [[variant["price"] for variant in each["variants"]] for each in listings] == [
        [str(variant.price_minor) for variant in listing.variants] for listing in on_sale
    ]
    assert '"zh"' not in json.dumps(shop.sent)
    assert line == f"the local stack: {len(on_sale)} listings created, 0 already existed."
