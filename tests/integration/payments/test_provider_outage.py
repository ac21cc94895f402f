"""After the payment provider was down for an hour, one run of the schedule catches up.

Each call to the provider takes 125 ms of simulated time. Nothing else takes time. Real calls take about 50 ms, so a run
has time for 2.5 times as many payments.
"""

import math
from collections.abc import Iterator
from contextlib import closing
from copy import replace
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

from microshop import read_only
from microshop.errors import PaymentOutcomeUnknown
from microshop.payments.providers.port import Intent
from microshop.platform.mysql import Database
from microshop.platform.settings import database_address
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.fake_provider import Call, FakeProvider
from tests.support.functions import load_function, sample_event
from tests.support.payments import Till
from tests.support.tables import empty
from tests.support.templates import inventory

_MILLISECONDS_A_CALL = 125
_MILLISECONDS_OF_A_TIMEOUT = 4500  # the client's timeout
_PAGE_SIZE = 40
_REFUNDS, _ABANDONED, _UNKNOWN = 160, 200, 200
_MINUTE = 60_000
_PATIENCE_SECONDS = 120
_ADVANCE_TIME = (
    """
    UPDATE payments
    SET next_check_at = next_check_at - INTERVAL %(minutes)s MINUTE,
        created_at = created_at - INTERVAL %(minutes)s MINUTE
    """,
    """
    UPDATE refunds
    SET next_check_at = next_check_at - INTERVAL %(minutes)s MINUTE,
        created_at = created_at - INTERVAL %(minutes)s MINUTE
    """,
)
_LEFT = """
SELECT (SELECT COUNT(*) FROM refunds WHERE state = 'requested') AS refunds,
       (SELECT COUNT(*) FROM payments WHERE state = 'abandoned') AS abandoned,
       (SELECT COUNT(*) FROM payments WHERE state = 'unknown') AS searched
"""


@dataclass
class _Clock:
    """The simulated milliseconds since the start."""

    now: int = 0


class _SlowProvider(FakeProvider):
    """Advances the clock with each call. While `is_down`, every call times out."""

    def __init__(self, clock: _Clock) -> None:
        super().__init__()
        self._clock = clock
        self.is_down = False

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        for number, intent in enumerate(super().intents(since, until)):
            if number and number % _PAGE_SIZE == 0:
                self._advance(_MILLISECONDS_A_CALL)
            yield intent

    def _call(self, call: Call, about: str) -> Any:
        self._advance(_MILLISECONDS_OF_A_TIMEOUT if self.is_down else _MILLISECONDS_A_CALL)
        if self.is_down:
            raise PaymentOutcomeUnknown("timeout")
        return super()._call(call, about)

    def _advance(self, milliseconds: int) -> None:
        self._clock.now += milliseconds


class _Execution:
    """A Lambda context with the function's timeout from the template."""

    def __init__(self, clock: _Clock, function: str) -> None:
        self._clock = clock
        [deployed] = [each for each in inventory().functions.values() if each.logical_id == function]
        self._end = clock.now + int(deployed.timeout * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._end - self._clock.now


class _Shop:
    """A till with schedules that run every minute, one after the other."""

    def __init__(self, till: Till, provider: _SlowProvider, clock: _Clock) -> None:
        self.till, self.provider, self._clock = till, provider, clock

    def run(self, name: str, function: str) -> dict[str, int]:
        """Run a schedule, and advance the clock to its next run that does not overlap."""
        started_at = self._clock.now
        done: dict[str, int] = self._loaded(name).handler(sample_event(name), _Execution(self._clock, function))
        minutes = max(1, math.ceil((self._clock.now - started_at) / _MINUTE))
        self._clock.now = started_at + minutes * _MINUTE
        for sql in _ADVANCE_TIME:
            self.till.database.execute(sql, {"minutes": minutes})
        return done

    def left(self) -> tuple[int, ...]:
        """The numbers of refunds, cancellations and searches that are still due."""
        row = self.till.database.row(_LEFT)
        assert row is not None
        return tuple(row.values())

    def _loaded(self, name: str) -> ModuleType:
        module: Any = load_function(name)
        module.database, module.provider = lambda: self.till.database, self.till.find_provider
        return module  # type: ignore[no-any-return]


@pytest.fixture
def shop(database: Database, environment: None, monkeypatch: pytest.MonkeyPatch) -> _Shop:
    monkeypatch.setattr(read_only, "current_reason", lambda: None)
    provider = _SlowProvider(clock := _Clock())
    return _Shop(replace(Till.open(database), provider=provider), provider, clock)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the log and the metrics of a function need."""
    for name in ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"):
        monkeypatch.setenv(name, "microshop")


def test_one_run_resolves_everything_after_an_outage_of_an_hour(shop: _Shop, database_url: str) -> None:
    till, provider = shop.till, shop.provider
    kettle = put_on_sale(till.database, stock=_REFUNDS + _ABANDONED + _UNKNOWN)
    paid = [till.place_and_pay((kettle, 1)) for _ in range(_REFUNDS)]
    started = [till.place_and_start((kettle, 1)) for _ in range(_ABANDONED)]
    for number in range(_UNKNOWN):  # of half of them only the answer was lost
        order_id = till.place((kettle, 1))
        provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=number % 2 == 0)
        with pytest.raises(PaymentOutcomeUnknown):
            till.start(order_id)
    provider.is_down = True
    for order_id in (*paid, *started):
        till.cancel(order_id)
    for _ in range(60):
        shop.run("schedules/resolve_payments", "ResolvePaymentsFunction")
    assert shop.left() == (_REFUNDS, _ABANDONED, _UNKNOWN)

    provider.is_down = False
    done = shop.run("schedules/resolve_payments", "ResolvePaymentsFunction")

    assert done == {"refunded": _REFUNDS, "cancelled": _ABANDONED, "reopened": _UNKNOWN // 2, "failed": _UNKNOWN // 2}
    assert shop.left() == (0, 0, 0)
    with closing(Database(database_address(database_url), read_timeout_seconds=_PATIENCE_SECONDS)) as patient:
        assert disagreements(patient) == {}
    empty(till.database)  # the connection of the fixture would time out while it checks so many orders
