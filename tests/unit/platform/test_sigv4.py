"""Requests are signed as botocore signs them."""

from datetime import UTC, datetime

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from microshop.platform.settings import Credentials
from microshop.platform.sigv4 import signed_headers

_AT = datetime(2026, 3, 7, 9, 5, 1, tzinfo=UTC)
_JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"}
_A_FUNCTION = Credentials("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "a+session/token==")
_A_USER = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG")


@pytest.mark.parametrize(
    ("credentials", "host", "headers", "body"),
    [
        (_A_FUNCTION, "secretsmanager.eu-central-1.amazonaws.com", _JSON, b'{"SecretId": "arn"}'),
        (_A_USER, "secretsmanager.eu-central-1.amazonaws.com", _JSON, b'{"SecretId": "arn"}'),
        (_A_FUNCTION, "127.0.0.1:5000", _JSON, b""),
        (_A_USER, "sqs.eu-central-1.amazonaws.com", {}, "王".encode()),
        (_A_USER, "sqs.eu-central-1.amazonaws.com", {"X-Spaced": "  two   words "}, b"{}"),
    ],
    ids=["session", "user", "port", "no headers", "spaces"],
)
def test_request_is_signed_as_botocore_signs_it(
    credentials: Credentials, host: str, headers: dict[str, str], body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = AWSRequest("POST", f"https://{host}/", {**headers, "Host": host}, body)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: _AT.replace(tzinfo=None))
    theirs = BotocoreCredentials(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    botocore.auth.SigV4Auth(theirs, "secretsmanager", "eu-central-1").add_auth(expected)

    found = signed_headers(
        credentials, region="eu-central-1", service="secretsmanager", host=host, headers=headers, body=body, at=_AT
    )

    assert found["authorization"] == expected.headers["Authorization"]
    assert found["x-amz-date"] == expected.headers["X-Amz-Date"]
    assert found.get("x-amz-security-token") == expected.headers.get("X-Amz-Security-Token")


def test_credentials_show_no_secret() -> None:
    assert repr(_A_FUNCTION) == "Credentials(access_key_id='ASIAEXAMPLE')"
