"""A query with a time limit ends with an error, on MariaDB and on MySQL."""

import pytest

from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import StatementTimedOut
from microshop.platform.time_limit import time_limited

_TEN = f"({' UNION ALL '.join(['SELECT 1 AS n'] * 10)})"
# A hundred billion rows.
_ENDLESS = f"SELECT SUM(t0.n) AS found FROM {', '.join(f'{_TEN} AS t{number}' for number in range(11))}"  # noqa: S608


def test_the_server_ends_a_query_at_its_limit_and_serves_the_next(database: Database) -> None:
    with pytest.raises(StatementTimedOut):
        database.rows(time_limited(_ENDLESS, 1))

    assert database.rows(time_limited("SELECT %(n)s AS found", 1), {"n": 17}) == [{"found": 17}]
