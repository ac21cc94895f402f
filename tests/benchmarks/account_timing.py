"""Whether times reveal who has an account: failed logins, and requests for a new password.

For each kind, requests about addresses with and without an account are timed in random order. The share of pairs in
which the address with an account took longer is the statistic of Mann and Whitney's test: 50 % is no difference.
"""

import contextlib
import math
import os
import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from contextlib import closing

from microshop.caller import CUSTOMER
from microshop.errors import InvalidCredentials
from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.login import log_in
from microshop.users.login_attempts import LoginAttempts
from microshop.users.mail_attempts import MailAttempts
from microshop.users.password_reset_request import request_password_reset
from microshop.users.passwords import hash_password
from microshop.users.repository import UserRepository
from microshop.users.schemas import LogInRequest
from microshop.users.sessions import Sessions
from tests.benchmarks.report import Progress, Section, Table, main
from tests.support.servers import FreshDatabase, TestServers

_REQUESTS = 500  # of each kind, for addresses with an account and for as many without one
_METHOD = (
    "A failed login and a request for a new password, for {count} addresses with an account and {count} without one, "
    "each address once and in random order, in one process with both servers. The share of pairs in which the "
    "address with an account took longer is 50 % if times reveal nothing. **z** is its distance from 50 % in standard "
    "errors (Mann and Whitney's test): beyond ±3, a difference is real."
)

type Call = Callable[[str], None]


def measure(progress: Progress) -> Section:
    """Time both kinds of requests."""
    servers = TestServers()
    try:
        urls = servers.urls()
        with (
            FreshDatabase(urls, purpose="benchmark") as fresh,
            closing(Database(database_address(fresh.application))) as database,
            closing(Redis(redis_address(urls.redis))) as redis,
        ):
            migrate(fresh.migrations)
            _add_accounts(database)
            kinds: dict[str, Call] = {
                "failed login": lambda email: _fail_to_log_in(email, database, redis),
                "request for a new password": lambda email: request_password_reset(
                    email, attempts=MailAttempts(redis), uow=AccountUnitOfWork(database)
                ),
            }
            rows = []
            for kind, call in kinds.items():
                progress(kind)
                rows.append((kind, *_compared(call)))
    finally:
        servers.stop()
    header = ("Request", "Median with an account, ms", "without, ms", "Share of pairs", "z")
    return Section(
        "What times reveal about accounts", (_METHOD.format(count=_REQUESTS),), (Table(header, tuple(rows)),)
    )


def _add_accounts(database: Database) -> None:
    password_hash = hash_password("tea for many guests")
    for number in range(_REQUESTS):
        UserRepository(database).add(
            email=_address("known", number), username="Ada", role=CUSTOMER, language="en", password_hash=password_hash
        )


def _address(kind: str, number: int) -> str:
    return f"{kind}-{number}@example.com"


def _fail_to_log_in(email: str, database: Database, redis: Redis) -> None:
    with contextlib.suppress(InvalidCredentials):
        log_in(
            LogInRequest(email=email, password="a wrong password"),
            lifetime_seconds=60,
            sessions=Sessions(redis),
            attempts=LoginAttempts(redis, "192.0.2.1"),
            users=UserRepository(database),
        )


def _compared(call: Call) -> tuple[float, float, str, float]:
    """Returns both medians, the share of pairs in which the known address took longer, and z."""
    for number in range(50):  # caches and connections
        call(_address("warm", number))
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    order = [(kind, number) for kind in times for number in range(_REQUESTS)]
    random.SystemRandom().shuffle(order)
    for kind, number in order:
        started = time.perf_counter()
        call(_address(kind, number))
        times[kind].append(1000 * (time.perf_counter() - started))
    known, unknown = sorted(times["known"]), sorted(times["unknown"])
    share = _share_of_longer(known, unknown)
    error = math.sqrt((len(known) + len(unknown) + 1) / (12 * len(known) * len(unknown)))
    middle = _REQUESTS // 2
    return known[middle], unknown[middle], f"{100 * share:.1f} %", (share - 0.5) / error


def _share_of_longer(times: Sequence[float], others: Sequence[float]) -> float:
    """Returns the share of pairs in which the time is longer; equal times count half. Both are sorted."""
    won = sum((bisect_left(others, each) + bisect_right(others, each)) / 2 for each in times)
    return won / (len(times) * len(others))


if __name__ == "__main__":
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "microshop")
    main(measure)
