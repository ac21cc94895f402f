"""Races of real processes: each connects, says that it is ready, and acts when all of them are.

The worker of a race is a module that calls `act_when_told` with what it does:

    if __name__ == "__main__":
        act_when_told(lambda database, redis: use(database, redis, *sys.argv[1:]))
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

from microshop.errors import ShopError
from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis


def race(worker: ModuleType, arguments: Sequence[Sequence[object]], database_url: str, redis_url: str) -> list[str]:
    """Run the worker in one process for each row of arguments. Returns their outcomes in this order.

    An outcome is the name of the type of the result, or of the error of the shop.
    """
    urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PYTHONPATH": os.pathsep.join(sys.path)}
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(worker.__file__), *map(str, row)],
                    env={**os.environ, **urls},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for row in arguments
        ]
        ready = [process.stdout.readline() for process in processes if process.stdout]
        assert ready == ["ready\n"] * len(arguments)
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate()[0].strip() for process in processes]


def act_when_told(act: Callable[[Database, Redis], object]) -> None:
    """Connect, print `ready`, wait for a line, act, and print the outcome."""
    database, redis = Database(settings.database()), Redis(settings.redis())
    database.rows("SELECT 1")
    redis.command("PING")
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        result = act(database, redis)
    except ShopError as error:
        result = error
    print(type(result).__name__, flush=True)
