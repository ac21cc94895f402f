"""Requests of people who have forgotten their password: the same work for every address, and few mails for each."""

from collections.abc import Callable

import pytest

from microshop.mail_links.link import LIFETIME, Purpose
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.mail_attempts import MailAttempts
from microshop.users.password_reset_request import request_password_reset
from tests.support.account_owner import Owner
from tests.support.records import count

_KNOWN, _UNKNOWN = "ada@example.com", "nobody@example.com"

type Ask = Callable[[str], None]


@pytest.fixture
def ask(database: Database, redis: Redis) -> Ask:
    def request(email: str) -> None:
        request_password_reset(email, attempts=MailAttempts(redis), uow=AccountUnitOfWork(database))

    return request


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is sent to both servers: statements and commands without their values."""
    recorded: list[str] = []
    run, pipeline = Database._run, Redis.pipeline

    def recording_run(self: Database, sql: str, parameters: object, **options: bool) -> object:
        recorded.append(sql)
        return run(self, sql, parameters, **options)  # type: ignore[arg-type]

    def recording_pipeline(self: Redis, *commands: tuple[object, ...]) -> object:
        recorded.extend(" ".join(map(str, command[:3])) for command in commands)
        return pipeline(self, *commands)  # type: ignore[arg-type]

    monkeypatch.setattr(Database, "_run", recording_run)
    monkeypatch.setattr(Redis, "pipeline", recording_pipeline)
    return recorded


@pytest.mark.parametrize("earlier_requests", [0, 1])
def test_known_and_unknown_addresses_cause_the_same_statements(
    ask: Ask, database: Database, redis: Redis, sent: list[str], earlier_requests: int
) -> None:
    Owner.registered(database, redis)
    for email in (_KNOWN, _UNKNOWN):
        for _ in range(earlier_requests):
            ask(email)

    sent.clear()
    ask(_KNOWN)
    of_known = list(sent)
    sent.clear()
    ask(_UNKNOWN)

    assert of_known == sent != []


def test_event_names_no_address(ask: Ask, database: Database) -> None:
    ask(_UNKNOWN)

    [event] = database.rows("SELECT type, aggregate, detail FROM outbox")
    assert event["type"] == "PasswordResetRequested"
    assert _UNKNOWN not in str(event)


def test_second_request_for_an_address_sends_no_second_mail_at_once(ask: Ask, database: Database) -> None:
    for _ in range(5):
        ask(_KNOWN)
    ask(_UNKNOWN)

    assert [row["email"] for row in database.rows("SELECT email FROM mail_recipients ORDER BY id")] == [
        _KNOWN,
        _UNKNOWN,
    ]
    assert count(database, "outbox") == 2


def test_wait_for_the_next_mail_never_exceeds_half_the_life_of_a_link(ask: Ask, redis: Redis) -> None:
    def wait_after_a_request() -> int:
        ask(_KNOWN)
        [key] = _keys(redis, "mail-wait:*")
        milliseconds = redis.command("PTTL", key)
        assert isinstance(milliseconds, int)
        redis.command("DEL", key)
        return -(-milliseconds // 1000)

    half = int(LIFETIME[Purpose.RESET_PASSWORD].total_seconds() / 2)
    assert [wait_after_a_request() for _ in range(7)] == [60, 120, 240, 480, half, half, half]


def test_keys_in_redis_contain_no_address(ask: Ask, redis: Redis) -> None:
    ask(_KNOWN)

    assert [key for key in _keys(redis, "*") if b"ada" in key] == []


def _keys(redis: Redis, pattern: str) -> list[bytes]:
    found = redis.command("KEYS", pattern)
    assert isinstance(found, list)
    return [key for key in found if isinstance(key, bytes)]
