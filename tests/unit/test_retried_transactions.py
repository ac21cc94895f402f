"""Retries of use cases that lost a race."""

import ast
from collections.abc import Iterator

import pytest

from microshop.errors import TransactionConflict, Unavailable
from microshop.transactions import retried
from tests.support.deployment import ROOT

# The relay's next pass claims the same rows again.
_RETRIED_OTHERWISE = {"relaying.relay_batch"}


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

    assert retried(use_case)(5) == 5
    assert use_case.calls == 1


def test_use_case_runs_again_when_it_lost_a_race() -> None:
    use_case = _UseCase(TransactionConflict(), TransactionConflict(), TransactionConflict())

    assert retried(use_case)(5) == 5
    assert use_case.calls == 4


def test_use_case_is_given_up_when_it_loses_every_race() -> None:
    use_case = _UseCase(*[TransactionConflict()] * 10)

    with pytest.raises(TransactionConflict):
        retried(use_case)(5)

    assert use_case.calls == 4


def test_pause_doubles_after_every_lost_race(pauses: list[float]) -> None:
    retried(_UseCase(*[TransactionConflict()] * 3))(5)

    assert pauses == [0.01, 0.02, 0.04]


def test_use_case_is_not_retried_when_the_database_does_not_answer() -> None:
    use_case = _UseCase(Unavailable("database"))

    with pytest.raises(Unavailable):
        retried(use_case)(5)

    assert use_case.calls == 1


def test_use_case_is_retried_when_it_opens_a_transaction() -> None:
    decorators = dict(_use_cases())

    assert "changing.cancel_order" in decorators
    assert {name for name, found in decorators.items() if "retried" not in found} == _RETRIED_OTHERWISE


def _use_cases() -> Iterator[tuple[str, set[str]]]:
    """Name and decorators of every function with a `with uow` block."""
    for file in (ROOT / "layers/shared/microshop").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_opens_a_transaction, ast.walk(node))):
                yield f"{file.stem}.{node.name}", {ast.unparse(decorator) for decorator in node.decorator_list}


def _opens_a_transaction(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(ast.unparse(item.context_expr) == "uow" for item in node.items)
