"""Restarts of the local servers: their data, and what a killed or failed run leaves."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pymysql
import pytest
import redis

from microshop.migrations import database_users
from tests.support.child_processes import recorded_processes
from tests.support.local_servers import local_servers, port_of, query
from tools.local.backing_services import BackingServices
from tools.local.run import run_stack
from tools.local.servers.database import Database
from tools.local.servers.database_program import DatabaseProgram
from tools.local.servers.problems import ServerProblem
from tools.local.settings import Settings
from tools.local.stack import InvocationFailed

pytestmark = pytest.mark.usefixtures("no_given_servers")


def test_data_addresses_and_passwords_survive_a_restart(tmp_path: Path) -> None:
    with local_servers(tmp_path, durable=True) as servers:
        before = (servers.database_url, servers.redis_url, servers.aws_endpoint_url, servers.stripe_url)
        _write_data(servers)

    with local_servers(tmp_path, durable=True) as servers:
        assert (servers.database_url, servers.redis_url, servers.aws_endpoint_url, servers.stripe_url) == before
        assert _read_data(servers) == (((17,),), b"17")


def test_an_upgrade_keeps_data_and_revokes_old_privileges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(Database, "_account_script", _older_account_script)
        with local_servers(tmp_path, durable=True) as servers:
            _write_data(servers)

    with local_servers(tmp_path, durable=True) as servers:
        assert _read_data(servers) == (((17,),), b"17")
        for statement in ("ALTER TABLE things ADD COLUMN more INT", "DELETE FROM things"):
            with pytest.raises(pymysql.err.OperationalError, match="1142"):
                query(servers.database_url, statement)
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            pymysql.connect(host="127.0.0.1", port=port_of(servers.database_url), user="microshop", password="old")


def test_a_run_after_a_killed_one_has_the_data(tmp_path: Path) -> None:
    script = f"""
        import time
        from pathlib import Path
        from tools.local.backing_services import BackingServices
        with BackingServices(Path({str(tmp_path)!r})):
            Path({str(tmp_path)!r}, "started").touch()
            time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.DEVNULL) as runner:
        _wait_for(tmp_path / "started", runner)
        _write_data(_running_servers_of(tmp_path))
        runner.kill()

    with local_servers(tmp_path, durable=True) as servers:
        assert _read_data(servers) == (((17,),), b"17")


def test_a_database_that_cannot_start_is_reported_with_its_log(tmp_path: Path) -> None:
    with local_servers(tmp_path):
        pass
    for tables in tmp_path.glob("mysql/*/mysql"):
        shutil.rmtree(tables)
    servers = BackingServices(tmp_path, durable=False, progress=lambda _: None)

    with pytest.raises(ServerProblem, match=r"^database ended during its start: read .*database\.log"):
        servers.start()

    assert servers.started == ()
    assert (tmp_path / "run/processes.json").read_text() == "[]"


def test_a_server_that_dies_before_the_shop_is_ready_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(**_: object) -> None:
        pid = next(entry["pid"] for entry in recorded_processes(tmp_path) if entry["name"] == "redis")
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222  a zombie now
        raise InvocationFailed("MigrateFunction failed: Unavailable: redis")

    monkeypatch.setattr("tools.local.stack.serve", serve)

    with pytest.raises(ServerProblem, match=r"^redis ended \(signal SIGKILL\): read .*redis\.log$"):
        run_stack(tmp_path, 0, settings=Settings(), parameters={})

    assert recorded_processes(tmp_path) == []


_SCRIPT = Database._account_script


def _older_account_script(database: Database, program: DatabaseProgram) -> Path:
    """The script of an older release: one user for everything, and today's users with all privileges."""
    script = _SCRIPT(database, program)
    more = "GRANT ALL PRIVILEGES ON `microshop%`.* TO"
    lines = [
        "CREATE USER 'microshop'@'%' IDENTIFIED BY 'old';",
        f"{more} 'microshop'@'%';",
        f"{more} 'microshop_app'@'%';",
    ]
    script.write_text(script.read_text() + "".join(f"{line}\n" for line in lines))
    return script


def _running_servers_of(folder: Path) -> BackingServices:
    """The servers that another process runs in the folder."""
    servers = local_servers(folder)
    for server, name in ((servers._database, "mysql"), (servers._redis, "redis")):
        server._port = int((folder / name / "port").read_text())
    servers._redis._password = (folder / "redis" / "password").read_text()
    servers._database._passwords = {
        database_users.APPLICATION: (folder / "mysql" / "password").read_text(),
        database_users.MIGRATIONS: (folder / "mysql" / "migrations_password").read_text(),
    }
    return servers


def _write_data(servers: BackingServices) -> None:
    query(servers.migration_database_url, "CREATE TABLE things (id INT PRIMARY KEY)")
    query(servers.migration_database_url, "GRANT SELECT, INSERT ON things TO 'microshop_app'@'%'")
    query(servers.database_url, "INSERT INTO things VALUES (17)")
    with redis.Redis.from_url(servers.redis_url) as client:
        client.set("thing", 17)
        client.bgrewriteaof()  # otherwise Redis writes its log only once per second
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.05)


def _read_data(servers: BackingServices) -> tuple[Any, Any]:
    with redis.Redis.from_url(servers.redis_url) as client:
        return query(servers.database_url, "SELECT id FROM things"), client.get("thing")


def _wait_for(file: Path, runner: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 300  # only ends a test that hangs
    while not file.exists():
        assert runner.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
