"""The local servers, really started: private, on loopback, and with their data from one run to the next."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from microshop.migrations import database_users
from tools.local.backing_services import Servers
from tools.local.events.resources import client
from tools.local.run import run_stack
from tools.local.servers.database import Database
from tools.local.servers.database_program import DatabaseProgram
from tools.local.servers.problems import ServerProblem
from tools.local.settings import Settings
from tools.local.stack import InvocationFailed


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers that this module may look at from all sides; what the environment gives does not count."""
    with pytest.MonkeyPatch.context() as patch:
        _forget_given_servers(patch)
        with _servers(tmp_path_factory.mktemp("servers") / "with a space") as running:
            yield running


@pytest.fixture(autouse=True)
def _no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    _forget_given_servers(monkeypatch)


def test_the_application_works_with_its_database(servers: Servers) -> None:
    assert _query(servers.database_url, "SELECT DATABASE(), @@character_set_database, @@time_zone") == (
        ("microshop", "utf8mb4", "+00:00"),
    )


def test_migrations_may_make_databases_of_the_shops_name_and_no_other(servers: Servers) -> None:
    _query(servers.migration_database_url, "CREATE DATABASE microshop_another")

    with pytest.raises(pymysql.err.OperationalError, match="1044"):
        _query(servers.migration_database_url, "CREATE DATABASE stranger")
    with pytest.raises(pymysql.err.OperationalError, match="1142"):
        _query(servers.migration_database_url, "SELECT * FROM mysql.db")


def test_the_application_may_not_change_tables(servers: Servers) -> None:
    with pytest.raises(pymysql.err.OperationalError, match="1142"):
        _query(servers.database_url, "CREATE TABLE things (id INT PRIMARY KEY)")


@pytest.mark.parametrize(
    ("user", "password"),
    [("root", ""), ("", ""), ("microshop_app", ""), ("microshop_app", "wrong"), ("microshop_migrations", "")],
)
def test_nobody_else_gets_into_the_database(servers: Servers, user: str, password: str) -> None:
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=_port(servers.database_url), user=user, password=password)


def test_redis_answers_with_the_password_only(servers: Servers) -> None:
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping() is True
    with (
        redis.Redis(port=_port(servers.redis_url), retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_stand_in_for_aws_answers(servers: Servers) -> None:
    with contextlib.closing(client("sqs", servers.aws_endpoint_url)) as sqs:
        assert sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == http.HTTPStatus.OK


def test_the_payment_provider_answers(servers: Servers) -> None:
    connection = http.client.HTTPConnection(urlsplit(servers.stripe_url).netloc, timeout=10)
    connection.request("GET", "/v1/payment_intents", headers={"Authorization": "Bearer sk_test_local"})
    with contextlib.closing(connection):
        assert connection.getresponse().status == http.HTTPStatus.OK


def test_no_password_can_be_read_in_the_list_of_processes(servers: Servers) -> None:
    listed = subprocess.run(["/bin/ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout

    assert "mariadbd" in listed or "mysqld" in listed
    assert _password(servers.database_url) not in listed
    assert _password(servers.migration_database_url) not in listed
    assert _password(servers.redis_url) not in listed


def test_files_that_hold_a_password_are_for_this_user_alone(servers: Servers) -> None:
    folder = servers.processes._file.parents[1]
    urls = (servers.database_url, servers.migration_database_url, servers.redis_url)
    passwords = [_password(url).encode() for url in urls]
    files = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size < 4096]
    holding = [file for file in files if any(password in file.read_bytes() for password in passwords)]

    assert len(holding) == 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in holding} == {0o600}


def test_the_servers_listen_on_loopback_only(servers: Servers) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the address of this machine's way out
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address = probe.getsockname()[0]
    for url in (servers.database_url, servers.redis_url, servers.aws_endpoint_url, servers.stripe_url):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, _port(url)), timeout=5)


def test_data_addresses_and_passwords_stay_from_one_run_to_the_next(tmp_path: Path) -> None:
    with _servers(tmp_path, durable=True) as servers:
        before = (servers.database_url, servers.redis_url, servers.aws_endpoint_url, servers.stripe_url)
        _write_something(servers)

    with _servers(tmp_path, durable=True) as servers:
        assert (servers.database_url, servers.redis_url, servers.aws_endpoint_url, servers.stripe_url) == before
        assert _read_something(servers) == (((17,),), b"17")


def test_data_of_a_release_whose_users_might_do_more_stays_and_they_may_not_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(Database, "_account_script", _script_of_a_release_before)
        with _servers(tmp_path, durable=True) as servers:
            _write_something(servers)

    with _servers(tmp_path, durable=True) as servers:
        assert _read_something(servers) == (((17,),), b"17")
        with pytest.raises(pymysql.err.OperationalError, match="1142"):
            _query(servers.database_url, "ALTER TABLE things ADD COLUMN more INT")
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            pymysql.connect(host="127.0.0.1", port=_port(servers.database_url), user="microshop", password="old")


def test_two_clones_run_side_by_side_and_a_taken_port_is_given_up(servers: Servers, tmp_path: Path) -> None:
    for server, url in (("mysql", servers.database_url), ("redis", servers.redis_url)):
        (tmp_path / server).mkdir()
        (tmp_path / server / "port").write_text(str(_port(url)))

    with _servers(tmp_path) as other:
        ports = {_port(url) for both in (servers, other) for url in (both.database_url, both.redis_url)}

        assert len(ports) == 4
        assert _password(other.database_url) != _password(servers.database_url)


def test_a_run_after_a_killed_one_cleans_up_and_finds_the_data(tmp_path: Path) -> None:
    script = f"""
        import time
        from pathlib import Path
        from tools.local.backing_services import Servers
        with Servers(Path({str(tmp_path)!r})):
            Path({str(tmp_path)!r}, "started").touch()
            time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.DEVNULL) as runner:
        _wait_for(tmp_path / "started", runner)
        _write_something(_as_left_in(tmp_path))
        runner.kill()

    with _servers(tmp_path, durable=True) as servers:
        assert _read_something(servers) == (((17,),), b"17")


def test_a_server_that_the_environment_names_is_not_started(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROSHOP_DATABASE_URL", servers.migration_database_url)
    monkeypatch.setenv("MICROSHOP_REDIS_URL", servers.redis_url)

    with _servers(tmp_path) as others:
        assert others.database_url == others.migration_database_url == servers.migration_database_url
        assert others.redis_url == servers.redis_url
        assert {one.server.name for one in others.started} == {"aws", "stripe"}


def test_a_database_that_cannot_start_is_reported_with_its_log_and_nothing_keeps_running(tmp_path: Path) -> None:
    with _servers(tmp_path):
        pass
    for tables in tmp_path.glob("mysql/*/mysql"):
        shutil.rmtree(tables)
    servers = Servers(tmp_path, durable=False, progress=lambda _: None)

    with pytest.raises(ServerProblem, match=r"^database ended during its start: read .*database\.log"):
        servers.start()

    assert servers.started == ()
    assert (tmp_path / "run/processes.json").read_text() == "[]"


def test_a_server_that_dies_before_the_shop_is_ready_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(**_: object) -> None:
        pid = next(entry["pid"] for entry in _recorded(tmp_path) if entry["name"] == "redis")
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222  ended, not yet collected
        raise InvocationFailed("MigrateFunction failed: Unavailable: redis")

    monkeypatch.setattr("tools.local.stack.serve", serve)

    with pytest.raises(ServerProblem, match=r"^redis ended \(signal SIGKILL\): read .*redis\.log$"):
        run_stack(tmp_path, 0, settings=Settings(), parameters={})

    assert _recorded(tmp_path) == []


def _recorded(folder: Path) -> Any:
    return json.loads((folder / "run" / "processes.json").read_text())


def _servers(folder: Path, *, durable: bool = False) -> Servers:
    return Servers(folder, durable=durable, progress=lambda _: None)


def _forget_given_servers(patch: pytest.MonkeyPatch) -> None:
    for name in ("MICROSHOP_DATABASE_URL", "MICROSHOP_MIGRATION_DATABASE_URL", "MICROSHOP_REDIS_URL"):
        patch.delenv(name, raising=False)


_SCRIPT = Database._account_script


def _script_of_a_release_before(database: Database, program: DatabaseProgram) -> Path:
    """One user for everything, and ours with more than they need."""
    script = _SCRIPT(database, program)
    more = "GRANT ALL PRIVILEGES ON `microshop%`.* TO"
    lines = [
        "CREATE USER 'microshop'@'%' IDENTIFIED BY 'old';",
        f"{more} 'microshop'@'%';",
        f"{more} 'microshop_app'@'%';",
    ]
    script.write_text(script.read_text() + "".join(f"{line}\n" for line in lines))
    return script


def _as_left_in(folder: Path) -> Servers:
    """Servers that know the addresses of those that run in the folder."""
    servers = _servers(folder)
    for server, name in ((servers._database, "mysql"), (servers._redis, "redis")):
        server._port = int((folder / name / "port").read_text())
    servers._redis._password = (folder / "redis" / "password").read_text()
    servers._database._passwords = {
        database_users.APPLICATION: (folder / "mysql" / "password").read_text(),
        database_users.MIGRATIONS: (folder / "mysql" / "migrations_password").read_text(),
    }
    return servers


def _write_something(servers: Servers) -> None:
    _query(servers.migration_database_url, "CREATE TABLE things (id INT PRIMARY KEY)")
    _query(servers.database_url, "INSERT INTO things VALUES (17)")
    with redis.Redis.from_url(servers.redis_url) as client:
        client.set("thing", 17)
        client.bgrewriteaof()  # Redis writes its log once a second, a test does not wait for that
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.05)


def _read_something(servers: Servers) -> tuple[Any, Any]:
    with redis.Redis.from_url(servers.redis_url) as client:
        return _query(servers.database_url, "SELECT id FROM things"), client.get("thing")


def _query(url: str, statement: str) -> Any:
    server = urlsplit(url)
    connection = pymysql.connect(
        host=server.hostname,
        port=_port(url),
        user=server.username,
        password=_password(url),
        database=server.path.lstrip("/"),
        autocommit=True,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _password(url: str) -> str:
    return urlsplit(url).password or ""


def _wait_for(file: Path, runner: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 300  # ends a test that would hang, and decides nothing else
    while not file.exists():
        assert runner.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
