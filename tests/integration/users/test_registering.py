"""Registrations of one address at the same time."""

from microshop.platform.mysql import Database
from tests.support import register_worker
from tests.support.process_race import race

_SPELLINGS = ("ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.com", "ada@EXAMPLE.com")


def test_one_of_several_spellings_becomes_an_account_in_a_race_of_processes(
    database: Database, database_url: str, redis_url: str
) -> None:
    outcomes = race(register_worker, [(each,) for each in _SPELLINGS], database_url, redis_url)

    assert sorted(outcomes) == ["EmailTaken"] * (len(_SPELLINGS) - 1) + ["int"]
    assert database.rows("SELECT email FROM users") == [{"email": "ada@example.com"}]
    assert database.rows("SELECT type FROM outbox") == [{"type": "UserRegistered"}]
