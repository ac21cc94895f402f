"""Owns what every tier shares: the servers of a test run and each worker's own corner of them."""

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
# A developer's own Stripe account is no place for tests.
for _name in [name for name in os.environ if name.startswith("MICROSHOP_STRIPE_")]:
    del os.environ[_name]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers in xdist's controller, before its first worker, and tell every worker where they are."""
    if needs_servers(node.config.args):
        node.workerinput["servers"] = to_worker(_started())


def pytest_unconfigure() -> None:
    """Stop them however the run ended."""
    _SERVERS.stop()


@pytest.fixture(scope="session")
def server_urls(request: pytest.FixtureRequest) -> ServerUrls:
    """The servers of this run; without xdist they are started here."""
    given = getattr(request.config, "workerinput", {}).get("servers")
    return ServerUrls(**given) if given else _started()


@pytest.fixture(scope="session")
def database_urls(server_urls: ServerUrls) -> Iterator[DatabaseUrls]:
    """A database of this worker's own, with the schema of the migrations."""
    from microshop.migrations.runner import migrate

    with FreshDatabase(server_urls) as urls:
        migrate(urls.migrations)
        yield urls


@pytest.fixture(scope="session")
def database_url(database_urls: DatabaseUrls) -> str:
    """The same, as the user of the functions: it works with rows and cannot change tables."""
    return database_urls.application


@pytest.fixture(scope="session")
def redis_url(server_urls: ServerUrls) -> str:
    """A logical database of this worker's own, empty."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15
    url = urlsplit(server_urls.redis)._replace(path=f"/{number + 1}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def aws_endpoint_url(server_urls: ServerUrls) -> str:
    """The stand-in for AWS, shared by all workers: names in it must be the test's own."""
    return server_urls.aws_endpoint


@pytest.fixture(scope="session")
def worker_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaymentsProvider]:
    """A payment provider of this worker's own: its faults and the address of its webhooks are one for all."""
    with running_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture
def payments_provider(worker_provider: PaymentsProvider) -> Iterator[PaymentsProvider]:
    """The same, with nothing going wrong and no webhooks; payments of other tests may be there."""
    worker_provider.reset()
    yield worker_provider
    worker_provider.reset()


def _started() -> ServerUrls:
    try:
        return _SERVERS.urls()
    except ServerProblem as problem:
        raise pytest.UsageError(str(problem)) from problem
