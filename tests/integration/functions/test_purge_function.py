"""The function that purges old data, on real servers."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import Unavailable
from microshop.idempotency.repository import ResultRepository
from microshop.mail_links.link import Purpose, hash_token
from microshop.mail_links.recipient_repository import MailRecipients
from microshop.mail_links.repository import MailLinks
from microshop.payments.outcomes import Outcome
from microshop.payments.repository import ProviderEvents
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from tests.support.builders import a_caller, an_execution
from tests.support.functions import forget_connections, load_function, sample_event
from tests.support.old_records import (
    add_data_exports,
    add_inbox_entry,
    add_invitation,
    add_sessions,
    days_ago,
    publish_events,
)
from tests.support.orders import a_key
from tests.support.output import Output, send_logs_to_captured_output
from tests.support.proxy import Proxy

type Purge = Callable[[], dict[str, int]]


@pytest.fixture
def proxies(database: Database, redis: Redis, database_url: str, redis_url: str) -> Iterator[Sequence[Proxy]]:
    """Proxies in front of the database and of Redis."""
    with Proxy(database_url) as to_database, Proxy(redis_url) as to_redis:
        yield to_database, to_redis


@pytest.fixture
def purge(proxies: Sequence[Proxy], monkeypatch: pytest.MonkeyPatch) -> Iterator[Purge]:
    """Runs the function in a new execution environment that reaches its servers through the proxies."""
    monkeypatch.setenv("DATABASE_URL", proxies[0].url)
    monkeypatch.setenv("REDIS_URL", proxies[1].url)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    send_logs_to_captured_output(monkeypatch)
    forget_connections()
    module = load_function("schedules/purge_expired")
    yield lambda: module.handler(sample_event("schedules/purge_expired"), an_execution(milliseconds_left=60_000))
    forget_connections()


def test_the_function_purges_all_kinds_of_old_data(
    database: Database, redis: Redis, purge: Purge, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_events(database, 6, 8, None)
    add_inbox_entry(database, "one", "young", 34)
    add_inbox_entry(database, "one", "old", 36)
    for event_id, days in (("young", 34), ("old", 36)):
        ProviderEvents(database).add("stripe", event_id, "refund.created", Outcome.REFUNDED, None)
        database.execute("UPDATE provider_events SET received_at = %s WHERE event_id = %s", (days_ago(days), event_id))
    answers: ResultRepository[dict[str, object]] = ResultRepository(database, dict, dict)
    for key, hours in (("young", 23), ("old", 25)):
        answers.store(a_key(a_caller(), key), {"message": key})
        database.execute(
            "UPDATE idempotency_keys SET created_at = %s WHERE idempotency_key = %s",
            (datetime.now(UTC) - timedelta(hours=hours), key),
        )
    expired = MailLinks(database).issue(Purpose.VERIFY_EMAIL, 1, "ada@example.com")
    database.execute("UPDATE mail_links SET expires_at = %s WHERE token_hash = %s", (days_ago(1), hash_token(expired)))
    MailLinks(database).issue(Purpose.VERIFY_EMAIL, 2, "bea@example.com")
    for email, days in (("ada@example.com", 4), ("bea@example.com", 2)):
        recipient = MailRecipients(database).add(email)
        database.execute("UPDATE mail_recipients SET created_at = %s WHERE id = %s", (days_ago(days), recipient))
    for days in (29, 31):
        add_invitation(database, days)
    add_data_exports(database, expired_days_ago=1, requested_days_ago=38)
    add_sessions(redis, 1, -60, 60)

    deleted = [purge(), purge()]

    kinds = ["outbox", "inbox", "provider_events", "idempotency_keys", "mail_links", "mail_recipients"]
    kinds += ["staff_invitations", "expired_data_exports", "data_exports", "sessions"]
    assert deleted == [dict.fromkeys(kinds, count) for count in (1, 0)]
    assert [line["message"] for line in Output(capsys).logs] == ["purged"] * 2
    assert answers.find(a_key(a_caller(), "young")) == {"message": "young"}


@pytest.mark.parametrize(("down", "name"), [(0, "database"), (1, "redis")])
def test_the_function_logs_one_line_when_a_server_is_down(
    purge: Purge, proxies: Sequence[Proxy], capsys: pytest.CaptureFixture[str], down: int, name: str
) -> None:
    proxies[down].shut_down()

    with pytest.raises(Unavailable) as error:
        purge()

    [line] = Output(capsys).logs
    assert error.value.dependency == name
    assert (line["message"], line["level"]) == ("purge failed", "ERROR")
