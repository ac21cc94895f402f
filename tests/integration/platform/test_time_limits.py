"""A query with a time limit ends with an error, on MariaDB and on MySQL."""

import pytest

from microshop.errors import InvalidInput
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import StatementTimedOut
from microshop.platform.time_limit import time_limited
from microshop.products.product import ProductFilter, parse_search
from microshop.products.queries import ProductQueries

_TEN = f"({' UNION ALL '.join(['SELECT 1 AS n'] * 10)})"
# A hundred billion rows.
_ENDLESS = f"SELECT SUM(t0.n) AS found FROM {', '.join(f'{_TEN} AS t{number}' for number in range(11))}"  # noqa: S608


class _Slow(Database):
    """A database whose queries all reach their limit."""

    def __init__(self) -> None:
        pass

    def rows(self, sql: str, parameters: object = ()) -> list[dict[str, object]]:  # noqa: ARG002
        if "MAX_EXECUTION_TIME" in sql:
            raise StatementTimedOut("error 3024")
        return []


def test_the_server_ends_a_query_at_its_limit_and_serves_the_next(database: Database) -> None:
    with pytest.raises(StatementTimedOut):
        database.rows(time_limited(_ENDLESS, 1))

    assert database.rows(time_limited("SELECT %(n)s AS found", 1), {"n": 17}) == [{"found": 17}]


@pytest.mark.parametrize("text", ["xy", "kettle", "水壶"])
def test_a_search_that_takes_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="q: takes too long"):
        ProductQueries(_Slow()).page(ProductFilter(search=parse_search(text)), "newest", None, 20)
