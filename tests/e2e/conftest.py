"""The shop that the journeys run against: one that is started for them, or the one at BASE_URL."""

import os
from collections.abc import Iterator

import pytest

from tests.support.runner import Runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A shop for crowds. Its queues deliver the messages of a killed consumer again after 32 seconds."""
    with Runner(tmp_path_factory.mktemp("shop"), QueueVisibilitySeconds="32", MaxUnpaidOrders="1000") as running:
        yield running


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """Where the journeys' API is, without a slash at its end."""
    given = os.environ.get("BASE_URL", "").rstrip("/")
    if given:
        return given
    running: Runner = request.getfixturevalue("runner")
    return running.url
