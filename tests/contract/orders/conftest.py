"""Every file of tests of orders must leave books that agree."""

from collections.abc import Iterator

import pytest

from tests.support.books import disagreements
from tests.support.shop import Shop


@pytest.fixture(scope="module", autouse=True)
def _books_agree(shop: Shop) -> Iterator[None]:
    """Fails if the tests of a file lose stock, history or events."""
    yield
    assert disagreements(shop.database) == {}
