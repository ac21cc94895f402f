"""Retries of use cases that lost a race."""

import contextlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from unittest.mock import MagicMock, Mock

import pytest

import microshop
from microshop.errors import TransactionConflict, Unavailable
from microshop.orders.placing import OrderRequest, place_order
from microshop.orders.requested_lines import RequestedLine
from microshop.transactions import retry_on_conflict
from tests.support.builders import a_caller
from tests.support.order_builders import a_priced_product
from tests.support.orders import RULES


class _UseCase:
    def __init__(self, *failures: Exception) -> None:
        self.calls = 0
        self._failures = list(failures)

    def __call__(self, value: int) -> int:
        self.calls += 1
        if self._failures:
            raise self._failures.pop(0)
        return value


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr("microshop.transactions.random.uniform", lambda _low, high: high)
    monkeypatch.setattr("microshop.transactions.time.sleep", found.append)
    return found


def test_use_case_runs_once_when_it_succeeds() -> None:
    use_case = _UseCase()

    assert retry_on_conflict(use_case)(5) == 5
    assert use_case.calls == 1


def test_use_case_runs_again_when_it_lost_a_race() -> None:
    use_case = _UseCase(TransactionConflict(), TransactionConflict(), TransactionConflict())

    assert retry_on_conflict(use_case)(5) == 5
    assert use_case.calls == 4


def test_use_case_fails_when_it_loses_every_race() -> None:
    use_case = _UseCase(*[TransactionConflict()] * 10)

    with pytest.raises(TransactionConflict):
        retry_on_conflict(use_case)(5)

    assert use_case.calls == 4


def test_pause_doubles_after_every_lost_race(pauses: list[float]) -> None:
    retry_on_conflict(_UseCase(*[TransactionConflict()] * 3))(5)

    assert pauses == [0.01, 0.02, 0.04]


def test_use_case_is_not_retried_when_the_database_does_not_answer() -> None:
    use_case = _UseCase(Unavailable("database"))

    with pytest.raises(Unavailable):
        retry_on_conflict(use_case)(5)

    assert use_case.calls == 1


def test_every_use_case_is_retried_when_its_transaction_conflicts() -> None:
    attempts = {name: count for name, use_case in _use_cases() if (count := _attempts(use_case))}

    assert {"orders.updating.cancel_order", "payments.settling.settle_payment"} <= attempts.keys()
    assert len(attempts) > 30
    # The relay's next pass claims the same rows again.
    assert {name: count for name, count in attempts.items() if count != 4} == {"messaging.relaying.relay_batch": 1}


def test_placing_an_order_is_retried_when_its_transaction_conflicts() -> None:
    uow, lines = Mock(), [RequestedLine(5, 1, "product_id", "quantity")]
    uow.price_list.prices.return_value = {5: a_priced_product(product_id=5)}
    uow.place.side_effect = TransactionConflict("a product was changed")

    with pytest.raises(TransactionConflict):
        place_order(a_caller(), OrderRequest(lines, "1 Main Street", "card"), None, RULES, uow)

    assert uow.place.call_count == 4


def _use_cases() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the name and function of every use case: it has a parameter `uow`."""
    for module in pkgutil.walk_packages(microshop.__path__, "microshop."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            if function.__module__ == module.name and "uow" in inspect.signature(function).parameters:
                yield f"{module.name.removeprefix('microshop.')}.{name}", function


def _attempts(use_case: Callable[..., object]) -> int:
    """Returns how often the use case opens its transaction; 0 if it fails before that because of the mocks."""
    uow = _conflicting()
    given = {name: Mock() for name in inspect.signature(use_case).parameters} | {"uow": uow}
    with contextlib.suppress(Exception):
        use_case(**given)
    return int(uow.__enter__.call_count)


def _conflicting() -> MagicMock:
    """A unit of work that loses every race."""
    return MagicMock(__enter__=Mock(side_effect=TransactionConflict("error 1213")))
