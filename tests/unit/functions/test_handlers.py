"""Handlers of users, products, health, the authorizer, operators and the relay, with sample events on fakes."""

import json
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from microshop.errors import Unavailable
from microshop.messaging.outbox import Backlog
from microshop.messaging.pace import Pace
from microshop.messaging.relaying import BatchResult
from microshop.migrations.runner import Status
from microshop.notifications.mail import Part
from microshop.platform.settings import UnknownTimeZone
from microshop.products.cache import CachedResponse
from microshop.scopes import ALL_SCOPES, EVERYTHING
from microshop.users.passwords import hash_password
from microshop.users.sessions import hash_token
from microshop.users.user import User
from tests.support.builders import A_SESSION, a_caller, a_user, an_execution
from tests.support.fakes import (
    FakeCategoryNames,
    FakeInbox,
    FakeLoginAttempts,
    FakePostbox,
    FakeProducts,
    FakeSearch,
    FakeSessions,
    FakeUsers,
    FakeUsersUnitOfWork,
)
from tests.support.functions import load_function, plug, sample_event
from tests.support.output import Output, dimensions_of
from tests.support.product_builders import a_product
from tests.support.table_rows import not_refused, wrong_answers

pytestmark = pytest.mark.usefixtures("environment")

_PASSWORDS = ("customer-password", "correct horse battery")
_HASHES = {password: hash_password(password) for password in _PASSWORDS}


def _answer(module: ModuleType, name: str, **changed: Any) -> dict[str, Any]:
    answer: dict[str, Any] = module.handler(sample_event(name) | changed, an_execution())
    return answer


def _body(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])


def _ada(password: str = _PASSWORDS[1]) -> User:
    return a_user(user_id=17, email="customer@example.com", password_hash=_HASHES[password])


def test_register_makes_an_account(output: Output) -> None:
    module, transaction = load_function("users/register"), FakeUsersUnitOfWork()
    plug(module, UsersUnitOfWork=transaction)

    answer = _answer(module, "users/register")

    [user] = transaction.users.accounts.values()
    assert (answer["statusCode"], answer["headers"]["Location"]) == (201, "/api/v1/users/profile")
    assert _body(answer) == {"message": "user registered successfully", "id": user.id, "user_id": user.id}
    assert (user.username, user.email) == ("Ada Lovelace", "ada@example.com")


def test_log_in_answers_with_a_token_that_works(output: Output) -> None:
    module, sessions = load_function("users/log_in"), FakeSessions()
    users = FakeUsers(_ada("customer-password"))
    plug(module, UserRepository=users, Sessions=sessions, LoginAttempts=FakeLoginAttempts(), record_device=None)

    answer = _answer(module, "users/log_in")

    body = _body(answer)
    assert (answer["statusCode"], body["token_type"], body["expires_in"]) == (200, "Bearer", 86_400)
    assert body["user"]["email"] == "customer@example.com"
    assert sessions.find(body["token"])
    assert body["token"] not in output.text


def test_log_in_opens_sessions_of_the_configured_lifetime(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_LIFETIME_SECONDS", "600")
    module, users = load_function("users/log_in"), FakeUsers(_ada("customer-password"))
    plug(module, UserRepository=users, Sessions=FakeSessions(), LoginAttempts=FakeLoginAttempts(), record_device=None)

    assert _body(_answer(module, "users/log_in"))["expires_in"] == 600


def test_get_profile_shows_the_account_without_its_password(output: Output) -> None:
    module = load_function("users/get_profile")
    plug(module, UserRepository=FakeUsers(_ada()))

    answer = _answer(module, "users/get_profile")

    assert answer["statusCode"] == 200
    assert _body(answer).keys() == {
        "id",
        "username",
        "email",
        "email_verified",
        "role",
        "language",
        "created_at",
        "updated_at",
        "erasure_due_at",
    }


def test_update_profile_answers_with_the_changed_account(output: Output) -> None:
    module = load_function("users/update_profile")
    plug(module, UserRepository=FakeUsers(_ada()))

    answer = _answer(module, "users/update_profile")

    assert (answer["statusCode"], _body(answer)["username"]) == (200, "Countess Lovelace")


@pytest.mark.parametrize(("named", "language"), [({}, "zh"), ({"language": "en"}, "en")])
def test_register_takes_the_clients_language_unless_one_is_given(
    output: Output, named: dict[str, str], language: str
) -> None:
    module, transaction = load_function("users/register"), FakeUsersUnitOfWork()
    plug(module, UsersUnitOfWork=transaction)
    body = {"username": "Ada", "email": "ada@example.com", "password": "correct horse battery", **named}

    headers = {"Content-Type": "application/json", "Accept-Language": "fr, zh-TW;q=0.9, en;q=0.5"}
    _answer(module, "users/register", headers=headers, body=json.dumps(body))

    assert [user.language for user in transaction.users.accounts.values()] == [language]


def test_change_password_answers_with_nothing(output: Output) -> None:
    module, transaction = load_function("users/change_password"), FakeUsersUnitOfWork(FakeUsers(_ada()))
    plug(module, AccountUnitOfWork=transaction, Sessions=FakeSessions(), CallerAttempts=FakeLoginAttempts())

    answer = _answer(module, "users/change_password")

    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert transaction.users.accounts[17].credentials_version == 2


@pytest.mark.parametrize(
    "name", ["users/log_out", "users/get_profile", "users/update_profile", "users/change_password"]
)
def test_endpoint_of_an_account_refuses_a_request_without_a_caller(output: Output, name: str) -> None:
    event = sample_event(name)
    del event["requestContext"]["authorizer"]

    answer = load_function(name).handler(event, an_execution())

    assert (answer["statusCode"], answer["headers"]["WWW-Authenticate"]) == (401, "Bearer")


def test_list_products_shows_a_page(output: Output) -> None:
    module = load_function("products/list_products")
    products = FakeProducts(a_product(product_id=5), a_product(product_id=6))
    plug(module, ProductQueries=products, CategoryNames=FakeCategoryNames(), SearchQueries=FakeSearch())

    answer = _answer(module, "products/list_products")

    body = _body(answer)
    assert (answer["statusCode"], body["next_cursor"]) == (200, None)
    assert [item["id"] for item in body["items"]] == [5, 6]


def test_list_products_names_a_wrong_parameter(output: Output) -> None:
    module = load_function("products/list_products")
    plug(module, ProductQueries=FakeProducts(), CategoryNames=FakeCategoryNames(), SearchQueries=FakeSearch())
    rows = [
        ({"q": [" "]}, "q"),
        ({"min_price": ["1.999"]}, "min_price"),
        ({"max_price": ["-1"]}, "max_price"),
        ({"category": [""]}, "category"),
        ({"in_stock": ["maybe"]}, "in_stock"),
        ({"sort": ["cheapest"]}, "sort"),
        ({"limit": ["101"]}, "limit"),
        ({"cursor": ["tampered"]}, "cursor"),
        ({"q": ["a", "b"]}, "q"),
    ]

    def answered(query: dict[str, list[str]]) -> tuple[int, list[str]]:
        answer = _answer(module, "products/list_products", multiValueQueryStringParameters=query)
        return answer["statusCode"], [problem["field"] for problem in _body(answer)["errors"]]

    assert wrong_answers(answered, [(query, (400, [field])) for query, field in rows]) == []


def test_get_product_logs_the_source_and_has_browsers_revalidate(output: Output) -> None:
    module = load_function("products/get_product")
    plug(module, _cache=Mock(get=lambda *_: CachedResponse('"1-x"', '{"id":1}', "hit")))

    answer = _answer(module, "products/get_product")

    assert answer["headers"]["Cache-Control"] == "no-cache"
    assert output.logs[0]["cache"] == "hit"


def test_get_product_answers_304_when_the_client_is_up_to_date(output: Output) -> None:
    module, event = load_function("products/get_product"), sample_event("products/get_product")
    etag = event["headers"]["if-none-match"]
    plug(module, _cache=Mock(get=lambda *_: CachedResponse(etag, '{"id":1}', "hit")))

    answer = module.handler(event, an_execution())

    assert (answer["statusCode"], answer["body"], answer["headers"]["ETag"]) == (304, "", etag)


def test_get_product_answers_404_when_there_is_none(output: Output) -> None:
    module = load_function("products/get_product")
    plug(module, _cache=Mock(get=lambda *_: None))

    assert _answer(module, "products/get_product")["statusCode"] == 404


def test_get_product_serves_and_counts_an_error_when_redis_does_not_answer(output: Output) -> None:
    module = load_function("products/get_product")
    plug(module, _cache=Mock(get=lambda *_: CachedResponse('"1-x"', '{"id":1}', "database", redis_unavailable=True)))

    assert _answer(module, "products/get_product")["statusCode"] == 200

    [line] = output.metric("system_errors_total")
    assert dimensions_of(line)["type"] == "redis"


@pytest.mark.parametrize(
    ("database_up", "redis_up", "status", "view"),
    [
        (True, True, 200, {"status": "ok", "database": "ok", "redis": "ok"}),
        (False, True, 503, {"status": "unavailable", "database": "unavailable", "redis": "ok"}),
        (True, False, 503, {"status": "unavailable", "database": "ok", "redis": "unavailable"}),
        (False, False, 503, {"status": "unavailable", "database": "unavailable", "redis": "unavailable"}),
    ],
)
def test_health_shows_which_servers_answer(
    output: Output, database_up: bool, redis_up: bool, status: int, view: dict[str, str]
) -> None:
    module = load_function("health/health")
    plug(
        module,
        database=Mock(row=Mock(side_effect=None if database_up else Unavailable("database"))),
        redis=Mock(command=Mock(side_effect=None if redis_up else Unavailable("redis"))),
    )

    answer = _answer(module, "health/health")

    assert (answer["statusCode"], _body(answer)) == (status, view)


def test_authorizer_allows_the_whole_stage_to_a_tokens_owner() -> None:
    module = load_function("gateway/authorizer")
    found = Mock(find=Mock(return_value=a_caller(user_id=17, session=A_SESSION, scopes=EVERYTHING)))
    plug(module, _sessions=found)

    answer = module.handler(sample_event("gateway/authorizer"), None)

    assert answer == {
        "principalId": "17",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/*",
                }
            ],
        },
        "context": {
            "user_id": "17",
            "session": A_SESSION,
            "scopes": " ".join(ALL_SCOPES),
            "role": "admin",
        },
    }
    token, limits = found.find.call_args.args
    assert token == "3vX0c8kq2m1yNwq7n9s3hJ5dP4bR6tZgLfEaUoIiKkQ"
    assert [limit.key for limit in limits] == [f"limit:session:{hash_token(token)}", "limit:account:"]


def test_authorizer_takes_a_token_with_or_without_its_scheme() -> None:
    token, module = "A" * 43, load_function("gateway/authorizer")
    found = Mock(find=Mock(return_value=a_caller()))
    plug(module, _sessions=found)
    headers = ["Bearer {}", "bearer {}", "BEARER   {}", "{}", " {} "]

    for written in headers:
        module.handler(sample_event("gateway/authorizer") | {"authorizationToken": written.format(token)}, None)

    assert [call.args[0] for call in found.find.call_args_list] == [token] * len(headers)


def test_authorizer_refuses_malformed_tokens_without_a_query() -> None:
    module, found = load_function("gateway/authorizer"), Mock()
    plug(module, _sessions=found)
    headers = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic " + "A" * 43,
        "A" * 42,
        "A" * 44,
        "A" * 5000,
        "A" * 42 + "!",
        "A" * 42 + "é",
        "A" * 43 + "\x00",
        "Bearer " + "A" * 43 + " x",
        "Bearer\t" + "A" * 43,
    ]

    def authorize(header: str) -> object:
        return module.handler(sample_event("gateway/authorizer") | {"authorizationToken": header}, None)

    assert not_refused(authorize, headers, "Unauthorized", Exception) == []
    found.find.assert_not_called()


def test_authorizer_refuses_an_unknown_token() -> None:
    module = load_function("gateway/authorizer")
    plug(module, _sessions=Mock(find=Mock(return_value=None)))

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        module.handler(sample_event("gateway/authorizer"), None)


def test_migrate_records_the_operators_action(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load_function("deployment/migrate")
    monkeypatch.setattr(module.runner, "migrate", lambda _url, **_: ["0001_a.sql"])
    monkeypatch.setattr(module, "_check_products", lambda: None)
    monkeypatch.setattr(module, "_adopt_admins", lambda: None)

    _answer(module, "deployment/migrate", operator="ada on laptop")

    [line] = output.logs
    assert (line["message"], line["action"], line["operator"], line["applied"]) == (
        "operator action",
        "migrate",
        "ada on laptop",
        ["0001_a.sql"],
    )


def test_migrate_refuses_an_unknown_time_zone_before_it_migrates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = load_function("deployment/migrate")
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/Berlim")
    monkeypatch.setattr(module.runner, "migrate", Mock(side_effect=AssertionError))

    with pytest.raises(UnknownTimeZone, match=r"^ShopTimeZone=Europe/Berlim is not in the IANA"):
        _answer(module, "deployment/migrate")


def test_migrate_lists_pending_migrations_when_asked_for_the_status(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load_function("deployment/migrate")
    monkeypatch.setattr(module.runner, "migrate", Mock(side_effect=AssertionError))
    monkeypatch.setattr(module.runner, "status", lambda _url: Status(["0001_a.sql"], ["0002_b.sql"]))

    assert _answer(module, "deployment/migrate", status=True) == {"applied": ["0001_a.sql"], "pending": ["0002_b.sql"]}


def test_grant_admin_answers_with_the_account(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, made = load_function("operator/grant_admin"), Mock(return_value=(17, 2))
    plug(module, Sessions=FakeSessions())
    monkeypatch.setattr(module, "set_owner", made)

    assert _answer(module, "operator/grant_admin") == {"user_id": 17, "ended": 2, "remembered_seconds": 0}

    [line] = output.logs
    assert (line["message"], line["action"]) == ("operator action", "grant admin")
    assert (line["user_id"], line["ended"]) == (17, 2)
    assert "customer@example.com" not in output.text


@pytest.mark.parametrize(("revoke", "action"), [(True, "revoke admin"), (False, "grant admin")])
def test_grant_admin_logs_what_it_did(
    output: Output, monkeypatch: pytest.MonkeyPatch, revoke: bool, action: str
) -> None:
    module, made = load_function("operator/grant_admin"), Mock(return_value=(17, 0))
    plug(module, Sessions=FakeSessions())
    monkeypatch.setattr(module, "set_owner", made)

    _answer(module, "operator/grant_admin", revoke=revoke)

    assert made.call_args.kwargs == {"is_owner": not revoke}
    assert [line["action"] for line in output.logs] == [action]


def test_end_of_sessions_is_logged(output: Output) -> None:
    module, sessions = load_function("operator/end_sessions"), FakeSessions()
    plug(module, AccountUnitOfWork=FakeUsersUnitOfWork(FakeUsers(_ada())), Sessions=sessions)
    sessions.open(17, 60)

    _answer(module, "operator/end_sessions", end=True)

    [line] = [line for line in output.logs if line.get("message") == "operator action"]
    assert (line["action"], line["user_id"], line["ended"]) == ("end sessions", 17, 1)
    assert "customer@example.com" not in output.text


def test_end_sessions_only_counts_without_the_option_to_end(output: Output) -> None:
    module, sessions = load_function("operator/end_sessions"), FakeSessions()
    plug(module, UserRepository=FakeUsers(_ada()), Sessions=sessions)
    opened = sessions.open(17, 60)

    assert _answer(module, "operator/end_sessions", end=False) == {"user_id": 17, "sessions": 1}
    assert sessions.find(opened.token)


@pytest.mark.parametrize(
    ("email", "kind", "explanation"),
    [
        ("nobody@example.com", "NotFound", "There is no such account."),
        ("nonsense", "InvalidInput", "email: must be an email address such as name@example.com"),
    ],
)
def test_operators_mistake_is_an_answer_and_no_error_of_the_shop(
    output: Output, email: str, kind: str, explanation: str
) -> None:
    module = load_function("operator/end_sessions")
    plug(module, AccountUnitOfWork=FakeUsersUnitOfWork(), Sessions=FakeSessions())

    mistake = _answer(module, "operator/end_sessions", email=email, end=True)["mistake"]

    assert (mistake["kind"], mistake["explanation"]) == (kind, explanation)
    [line] = output.logs
    assert (line["level"], line["message"], line["kind"]) == ("INFO", "operator mistake", kind)
    assert "exception" not in line


def _relay(
    output: Output, monkeypatch: pytest.MonkeyPatch, *passes: BatchResult | Exception
) -> tuple[ModuleType, list[float]]:
    module, pauses = load_function("events/relay_outbox"), list[float]()
    plug(module, Outbox=Mock(backlog=lambda: Backlog(7, 12.5, 2)))
    monkeypatch.setattr(module, "relay_batch", Mock(side_effect=passes))
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    return module, pauses


class _ShorteningExecution:
    """An execution that loses a second with each question for the remaining time."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        self._seconds -= 1
        return self._seconds * 1000


def test_relay_ends_when_all_is_published(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, pauses = _relay(output, monkeypatch, BatchResult(10, 0), BatchResult(3, 1), BatchResult(0, 0))

    done = module.handler(sample_event("events/relay_outbox"), an_execution(milliseconds_left=60_000))

    assert done == {"published": 13, "failed": 1}
    assert pauses == []


def test_continuous_relay_runs_until_shortly_before_its_timeout(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTINUOUS_RELAY", "on")
    module, pauses = _relay(
        output, monkeypatch, BatchResult(0, 0), BatchResult(2, 0), BatchResult(0, 0), BatchResult(0, 0)
    )

    done = module.handler(sample_event("events/relay_outbox"), _ShorteningExecution(seconds=16))

    assert done == {"published": 2, "failed": 0}
    assert pauses == [0.5, 0.5]


def test_continuous_relay_survives_a_database_outage(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTINUOUS_RELAY", "on")
    module, pauses = _relay(output, monkeypatch, Unavailable("database"), BatchResult(2, 0), *[BatchResult(0, 0)] * 4)

    done = module.handler(sample_event("events/relay_outbox"), _ShorteningExecution(seconds=18))

    assert done == {"published": 2, "failed": 0}
    assert [dimensions_of(line)["type"] for line in output.metric("system_errors_total")] == ["relay"]
    assert pauses[0] > pauses[1]  # a database that does not answer is asked less often than an empty outbox


def test_relay_pauses_while_the_bus_refuses_and_ends_when_there_is_no_time_for_it(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, pauses = _relay(output, monkeypatch)

    def refused(_publish: object, _uow: object, pace: Pace) -> BatchResult:
        pace.adapt(seconds=0.1, is_full=True, is_refused=True)
        return BatchResult(0, 10)

    monkeypatch.setattr(module, "relay_batch", refused)

    done = module.handler(sample_event("events/relay_outbox"), _ShorteningExecution(seconds=17))

    assert done == {"published": 0, "failed": 40}
    assert pauses == [0.5, 1.0, 2.0]  # 12 s before the timeout, with the next pause of 4 s, it stops


def test_relay_measures_its_backlog_and_its_results(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = _relay(output, monkeypatch, BatchResult(3, 1), BatchResult(0, 0))

    module.handler(sample_event("events/relay_outbox"), an_execution())

    assert [line["outbox_waiting"] for line in output.metric("outbox_waiting")] == [[7.0]]
    assert [line["outbox_oldest_seconds"] for line in output.metric("outbox_oldest_seconds")] == [[12.5]]
    assert [line["outbox_stuck"] for line in output.metric("outbox_stuck")] == [[2.0]]
    assert [line["events_published_total"] for line in output.metric("events_published_total")] == [[3.0]]
    assert [line["system_errors_total"] for line in output.metric("system_errors_total")] == [[1.0]]


def test_send_customer_mail_sends_the_mail(output: Output) -> None:
    module, postbox = load_function("consumers/send_customer_mail"), FakePostbox()
    plug(module, Inbox=FakeInbox(), UserRepository=FakeUsers(_ada()), _issue_link=Part("code", [{"code": "t0ken"}]))
    module.send_mail = lambda _sender, recipient, mail: postbox.send(recipient, mail)  # type: ignore[attr-defined]

    answers = [_answer(module, "consumers/send_customer_mail") for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert [recipient for recipient, _ in postbox.sent] == ["customer@example.com"]
    assert [line["outcome"] for line in output.logs] == ["sent", "duplicate"]
    assert "customer@example.com" not in output.text


def test_send_customer_mail_returns_a_failed_mail_to_the_queue(output: Output) -> None:
    module, postbox = load_function("consumers/send_customer_mail"), FakePostbox(refuse=RuntimeError("throttled"))
    plug(module, Inbox=FakeInbox(), UserRepository=FakeUsers(_ada()))
    module.send_mail = lambda _sender, recipient, mail: postbox.send(recipient, mail)  # type: ignore[attr-defined]

    answer = _answer(module, "consumers/send_customer_mail")

    [record] = sample_event("consumers/send_customer_mail")["Records"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
