"""The shop of the end-to-end tests: started for them, or the one at BASE_URL."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.run_set import python_of_run_set
from tests.support.runner import Runner


@pytest.fixture(scope="session")
def shops_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the packages that `make run` needs, without those of the tests."""
    return python_of_run_set(tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory, shops_python: Path) -> Iterator[Runner]:
    """A shop for many simultaneous clients. Its queues redeliver the messages of a killed consumer after 32 seconds."""
    folder = tmp_path_factory.mktemp("shop")
    with Runner(folder, shops_python, QueueVisibilitySeconds="32", MaxUnpaidOrders="1000") as running:
        yield running


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """The URL of the shop, without a trailing slash."""
    given = os.environ.get("BASE_URL", "").rstrip("/")
    if given:
        return given
    running: Runner = request.getfixturevalue("runner")
    return running.url
