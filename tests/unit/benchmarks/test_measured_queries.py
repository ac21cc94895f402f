"""The benchmark of queries by the size of the shop measures every query."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import microshop
from tests.benchmarks.data_size.queries import QUERIES

# Reconciliation has a benchmark of its own.
_ELSEWHERE = "microshop.reconciliation."


def _modules() -> Iterator[object]:
    for found in pkgutil.walk_packages(microshop.__path__, "microshop."):
        if found.name.endswith("queries") and not found.name.startswith(_ELSEWHERE):
            yield importlib.import_module(found.name)


def _queries(module: object) -> Iterator[str]:
    """The public methods of classes, and the public functions, that a database is given to."""
    for name, member in vars(module).items():
        is_own = getattr(member, "__module__", "") == getattr(module, "__name__", "")
        if not is_own or not callable(member) or "database" not in inspect.signature(member).parameters:
            continue
        if inspect.isclass(member):
            yield from (f"{name}.{method}" for method in vars(member) if not method.startswith("_"))
        elif not name.startswith("_"):
            yield name


def test_every_query_is_measured_at_both_sizes() -> None:
    existing = {query for module in _modules() for query in _queries(module)}
    measured = {query.method for query in QUERIES if query.method}

    assert {"OrderQueries.page", "inbox_records"} <= existing
    assert existing - measured == set()


def test_measured_queries_have_different_names() -> None:
    names = [(query.group, query.name) for query in QUERIES]

    assert len(names) == len(set(names))
