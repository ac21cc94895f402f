"""The shop that the journeys run against: one that is started for them, or the one at BASE_URL."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.run_set import python_of_run_set
from tests.support.runner import Runner


@pytest.fixture(scope="session")
def shops_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a developer who only wants to run the shop: it has no tools of tests."""
    return python_of_run_set(tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory, shops_python: Path) -> Iterator[Runner]:
    """A shop for crowds. Its queues deliver the messages of a killed consumer again after 32 seconds."""
    folder = tmp_path_factory.mktemp("shop")
    with Runner(folder, shops_python, QueueVisibilitySeconds="32", MaxUnpaidOrders="1000") as running:
        yield running


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """Where the journeys' API is, without a slash at its end."""
    given = os.environ.get("BASE_URL", "").rstrip("/")
    if given:
        return given
    running: Runner = request.getfixturevalue("runner")
    return running.url
