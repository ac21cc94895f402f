"""Secrets are read from Secrets Manager, and errors contain nothing secret."""

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from microshop.errors import Unavailable
from microshop.platform import aws_json, secrets
from tools.local.events.resources import client

_VALUE = {"secret_key": "sk_test_top_secret", "webhook_secret": "whsec_王"}


@pytest.fixture(autouse=True)
def _function(monkeypatch: pytest.MonkeyPatch, aws_endpoint_url: str) -> None:
    """The environment of a function, with its secrets in the stand-in."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "local")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_endpoint_url)
    monkeypatch.delenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", raising=False)
    secrets._secrets.cache_clear()


def _put(aws_endpoint_url: str, value: str) -> str:
    manager = client("secretsmanager", aws_endpoint_url)
    return str(manager.create_secret(Name=f"test-{uuid.uuid4()}", SecretString=value)["ARN"])


@contextmanager
def _server_that_answers(answer: bytes) -> Iterator[str]:
    """A server that answers one request with these bytes, or never if there are none."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)
            if not answer:
                end.wait()

    end = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        end.set()
        thread.join()


def test_a_secret_is_read_unchanged(aws_endpoint_url: str) -> None:
    assert secrets.secret(_put(aws_endpoint_url, json.dumps(_VALUE))) == _VALUE


def test_a_database_secret_of_the_console_with_a_numeric_port_is_read(aws_endpoint_url: str) -> None:
    stored = json.dumps({"username": "admin", "password": "secret", "port": 3306})

    assert secrets.secret(_put(aws_endpoint_url, stored)) == {"username": "admin", "password": "secret"}


def test_the_error_of_a_missing_secret_has_the_reason(aws_endpoint_url: str) -> None:
    with pytest.raises(Unavailable, match="secrets does not answer: ResourceNotFoundException"):
        secrets.secret("arn:aws:secretsmanager:us-east-1:123456789012:secret:nobody")


@pytest.mark.parametrize("value", ["sk_test_top_secret", '["sk_test_top_secret"]', '{"sk_test_top_secret": 7}'])
def test_the_error_of_a_malformed_secret_does_not_contain_it(aws_endpoint_url: str, value: str) -> None:
    with pytest.raises(Unavailable) as refused:
        secrets.secret(_put(aws_endpoint_url, value))

    assert "top_secret" not in f"{refused.value} {refused.value.__cause__}"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsk_secret",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n[]",
        b"nonsense\r\n\r\n",
    ],
    ids=["silence", "text", "list", "empty error", "list as error", "no http"],
)
def test_an_unreadable_response_counts_as_unavailable(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_json, "_TIMEOUT_SECONDS", 0.2)
    with _server_that_answers(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(Unavailable) as refused:
            secrets.secret("arn")

    assert "sk_secret" not in str(refused.value)


def test_the_endpoint_of_the_service_overrides_the_common_one(
    aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = _put(aws_endpoint_url, json.dumps(_VALUE))
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws_endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    assert secrets.secret(arn) == _VALUE
