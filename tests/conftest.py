"""Fixtures of all tests: the servers of a test run, and each worker's own databases on them."""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from tests.support.payments_provider import PaymentsProvider, running_provider
from tests.support.servers import DatabaseUrls, FreshDatabase, ServerUrls, TestServers, needs_servers, to_worker
from tools.local.servers.problems import ServerProblem

_SERVERS = TestServers()
# Tests must not use a developer's Stripe account.
for _name in [name for name in os.environ if name.startswith("MICROSHOP_STRIPE_")]:
    del os.environ[_name]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers in xdist's controller, before its first worker, and send each worker their URLs."""
    if needs_servers(node.config.args):
        node.workerinput["servers"] = to_worker(_start_servers())


def pytest_unconfigure() -> None:
    """Stop the servers, also after a failure."""
    _SERVERS.stop()


@pytest.fixture(scope="session")
def server_urls(request: pytest.FixtureRequest) -> ServerUrls:
    """The servers of this run. Without xdist, this fixture starts them."""
    given = getattr(request.config, "workerinput", {}).get("servers")
    return ServerUrls(**given) if given else _start_servers()


@pytest.fixture(scope="session")
def database_urls(server_urls: ServerUrls) -> Iterator[DatabaseUrls]:
    """This worker's database, migrated."""
    from microshop.migrations.runner import migrate

    with FreshDatabase(server_urls) as urls:
        migrate(urls.migrations)
        yield urls


@pytest.fixture(scope="session")
def database_url(database_urls: DatabaseUrls) -> str:
    """The URL of this database for the functions' user, who cannot change tables."""
    return database_urls.application


@pytest.fixture(scope="session")
def redis_url(server_urls: ServerUrls) -> str:
    """The URL of this worker's logical database, which is empty."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15
    url = urlsplit(server_urls.redis)._replace(path=f"/{number + 1}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def aws_endpoint_url(server_urls: ServerUrls) -> str:
    """The URL of the AWS stand-in. All workers share it, so tests must use unique names."""
    return server_urls.aws_endpoint


@pytest.fixture(scope="session")
def worker_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaymentsProvider]:
    """This worker's payment provider, because its faults and webhook URL apply to all clients."""
    with running_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture
def payments_provider(worker_provider: PaymentsProvider) -> Iterator[PaymentsProvider]:
    """The worker's payment provider without faults and webhooks. It may have payments of other tests."""
    worker_provider.reset()
    yield worker_provider
    worker_provider.reset()


def _start_servers() -> ServerUrls:
    try:
        return _SERVERS.urls()
    except ServerProblem as problem:
        raise pytest.UsageError(str(problem)) from problem
