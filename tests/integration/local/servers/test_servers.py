"""The real local servers: private, on loopback, with data that survives a restart."""

import contextlib
import http.client
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.local_servers import forget_given_servers, local_servers, password_of, port_of, query
from tools.local.backing_services import BackingServices
from tools.local.events.resources import client

pytestmark = pytest.mark.usefixtures("no_given_servers")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackingServices]:
    """The servers of these tests, whatever the environment variables are."""
    with pytest.MonkeyPatch.context() as patch:
        forget_given_servers(patch)
        with local_servers(tmp_path_factory.mktemp("servers") / "with a space") as running:
            yield running


def test_the_applications_connection_has_database_and_time_zone(servers: BackingServices) -> None:
    assert query(servers.database_url, "SELECT DATABASE(), @@character_set_database, @@time_zone") == (
        ("microshop", "utf8mb4", "+00:00"),
    )


def test_migrations_may_create_only_databases_of_the_shop(servers: BackingServices) -> None:
    query(servers.migration_database_url, "CREATE DATABASE microshop_another")

    with pytest.raises(pymysql.err.OperationalError, match="1044"):
        query(servers.migration_database_url, "CREATE DATABASE another")
    with pytest.raises(pymysql.err.OperationalError, match="1142"):
        query(servers.migration_database_url, "SELECT * FROM mysql.db")


def test_the_application_may_not_change_tables(servers: BackingServices) -> None:
    with pytest.raises(pymysql.err.OperationalError, match="1142"):
        query(servers.database_url, "CREATE TABLE things (id INT PRIMARY KEY)")


@pytest.mark.parametrize(
    ("user", "password"),
    [("root", ""), ("", ""), ("microshop_app", ""), ("microshop_app", "wrong"), ("microshop_migrations", "")],
)
def test_other_users_and_passwords_are_refused_by_the_database(
    servers: BackingServices, user: str, password: str
) -> None:
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=port_of(servers.database_url), user=user, password=password)


def test_redis_requires_its_password(servers: BackingServices) -> None:
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping() is True
    with (
        redis.Redis(port=port_of(servers.redis_url), retry=Retry(NoBackoff(), 0)) as other_client,
        pytest.raises(redis.AuthenticationError),
    ):
        other_client.ping()


def test_the_aws_stand_in_answers(servers: BackingServices) -> None:
    with contextlib.closing(client("sqs", servers.aws_endpoint_url)) as sqs:
        assert sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == http.HTTPStatus.OK


def test_the_payment_provider_answers(servers: BackingServices) -> None:
    connection = http.client.HTTPConnection(urlsplit(servers.stripe_url).netloc, timeout=10)
    connection.request("GET", "/v1/payment_intents", headers={"Authorization": "Bearer sk_test_local"})
    with contextlib.closing(connection):
        assert connection.getresponse().status == http.HTTPStatus.OK


def test_the_list_of_processes_shows_no_password(servers: BackingServices) -> None:
    listed = subprocess.run(["/bin/ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout

    assert "mariadbd" in listed or "mysqld" in listed
    assert password_of(servers.database_url) not in listed
    assert password_of(servers.migration_database_url) not in listed
    assert password_of(servers.redis_url) not in listed


def test_files_with_a_password_are_readable_only_by_the_user(servers: BackingServices) -> None:
    folder = servers.processes._file.parents[1]
    urls = (servers.database_url, servers.migration_database_url, servers.redis_url)
    passwords = [password_of(url).encode() for url in urls]
    files = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size < 4096]
    holding = [file for file in files if any(password in file.read_bytes() for password in passwords)]

    assert len(holding) == 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in holding} == {0o600}


def test_the_servers_listen_only_on_loopback(servers: BackingServices) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; it only selects the machine's outgoing address
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address = probe.getsockname()[0]
    for url in (servers.database_url, servers.redis_url, servers.aws_endpoint_url, servers.stripe_url):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port_of(url)), timeout=5)


def test_two_clones_run_with_different_ports_and_passwords(servers: BackingServices, tmp_path: Path) -> None:
    for server, url in (("mysql", servers.database_url), ("redis", servers.redis_url)):
        (tmp_path / server).mkdir()
        (tmp_path / server / "port").write_text(str(port_of(url)))

    with local_servers(tmp_path) as other:
        ports = {port_of(url) for both in (servers, other) for url in (both.database_url, both.redis_url)}

        assert len(ports) == 4
        assert password_of(other.database_url) != password_of(servers.database_url)


def test_a_server_given_by_url_is_not_started(
    servers: BackingServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROSHOP_DATABASE_URL", servers.migration_database_url)
    monkeypatch.setenv("MICROSHOP_REDIS_URL", servers.redis_url)

    with local_servers(tmp_path) as others:
        assert others.database_url == others.migration_database_url == servers.migration_database_url
        assert others.redis_url == servers.redis_url
        assert {one.server.name for one in others.started} == {"aws", "stripe"}
