"""Fixtures of unit tests: no network, a function's environment without servers, and its output."""

from collections.abc import Iterator

import hypothesis
import pytest
from pytest_socket import disable_socket, enable_socket

from microshop import read_only
from tests.support.output import Output, send_logs_to_captured_output

# No deadline: a busy machine must not fail a test.
hypothesis.settings.register_profile("microshop", deadline=None)
hypothesis.settings.load_profile("microshop")

_ENVIRONMENT = {
    "STAGE": "test",
    "DATABASE_URL": "mysql://nobody:nothing@192.0.2.1:3306/nowhere",
    "REDIS_URL": "redis://:nothing@192.0.2.1:6379/0",
    "CURRENCY": "USD",
    "LANGUAGES": "en,zh",
    "EVENT_BUS_NAME": "microshop-test",
    "INBOXES": '{"count_orders": ["OrderPaid"]}',
    "MAIL_SENDER": "shop@example.com",
    "OPERATOR_EMAIL": "operator@example.com",
    "SHOP_NAME": "microshop",
    "STOREFRONT_URL": "https://www.example.com",
    "POWERTOOLS_SERVICE_NAME": "microshop",
    "POWERTOOLS_METRICS_NAMESPACE": "microshop",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    # Clients are counted in Redis, and a quota of 0 is no limit.
    "CLIENT_LOGINS_PER_HOUR": "0",
    "CLIENT_REGISTRATIONS_PER_HOUR": "0",
}
_UNSET = (
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "AWS_REGION",
    "CONTINUOUS_RELAY",
    "CORS_ORIGIN",
    "ENDPOINT_METRICS",
    "INBOX_RETENTION_DAYS",
    "OUTBOX_RETENTION_DAYS",
    "_X_AMZN_TRACE_ID",
)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)  # asyncio's event loop needs a pair of Unix sockets
    yield
    enable_socket()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of template.yaml, with server addresses that lead nowhere (RFC 5737).

    The shop is not read-only; public endpoints would otherwise ask Redis.
    """
    monkeypatch.setattr(read_only, "current_reason", lambda: None)
    for name in _UNSET:
        monkeypatch.delenv(name, raising=False)
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], environment: None, monkeypatch: pytest.MonkeyPatch) -> Output:
    """The output of a function."""
    send_logs_to_captured_output(monkeypatch)
    return Output(capsys)
