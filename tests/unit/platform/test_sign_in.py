"""Credentials for database and Redis: the password of the URL, or the IAM token that boto3 would make."""

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import boto3
import botocore.auth
import botocore.session
import pytest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from microshop.platform import settings, sign_in
from microshop.platform.settings import MissingSetting, ServerAddress
from tests.support.table_rows import wrong_answers

_AT = datetime(2026, 3, 7, 9, 5, 1, tzinfo=UTC)
_HOST = "microshop.c9akciq32.eu-central-1.rds.amazonaws.com"
_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfi"
_TOKENS = ["", "a+session/token==", "IQoJb3JpZ2luX2VjE %&?#~*()" * 40]
_USERS = ["microshop_app", "shop+app@example.com", "a b/c?d&e=f%g~h*i'(j)", "Üser水"]
_REGIONS = ["eu-central-1", "us-east-1", "ap-southeast-3"]
# (user, region, session token), with each value of each once.
_SIGNERS = [
    *((user, _REGIONS[0], _TOKENS[1]) for user in _USERS),
    *((_USERS[0], region, _TOKENS[1]) for region in _REGIONS[1:]),
    *((_USERS[0], _REGIONS[0], token) for token in _TOKENS),
    (_USERS[-1], _REGIONS[-1], _TOKENS[-1]),
]


@pytest.fixture(autouse=True)
def _frozen_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function's environment with a fixed time, for botocore too."""
    monkeypatch.setattr(sign_in, "_now", lambda: _AT)
    # botocore leaves signing to its C library if that is installed, which has its own clock.
    monkeypatch.setitem(botocore.auth.AUTH_TYPE_MAPS, "v4-query", botocore.auth.SigV4QueryAuth)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: _AT.replace(tzinfo=None))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", _SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", _TOKENS[1])
    monkeypatch.setenv("AWS_REGION", _REGIONS[0])


def _database(user: str = "microshop_app", *, port: int = 3306) -> ServerAddress:
    url = f"mysql://{quote(user, safe='')}@{_HOST}:{port}/microshop?tls=rds&auth=iam"
    return settings.database_address(url)


def _cache(user: str = "microshop", *, cache: str = "microshop-prod") -> ServerAddress:
    url = f"rediss://{quote(user, safe='')}@master.cache.amazonaws.com/0?tls=amazon&auth=iam&cache={cache}"
    return settings.redis_address(url)


def _boto3s_database_token(user: str, port: int, region: str, token: str) -> str:
    session = boto3.Session("ASIAEXAMPLE", _SECRET, token or None, region)
    return str(session.client("rds").generate_db_auth_token(_HOST, port, user))


def _botocores_cache_token(user: str, cache: str, region: str, token: str) -> str:
    """Returns the token as in "Authenticating with IAM" of the ElastiCache user guide."""
    credentials = BotocoreCredentials("ASIAEXAMPLE", _SECRET, token or None)
    events = botocore.session.get_session().get_component("event_emitter")
    signer = RequestSigner(ServiceId("elasticache"), region, "elasticache", "v4", credentials, events)
    url = f"http://{cache}/?{urlencode({'Action': 'connect', 'User': user})}"
    request = {"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}}
    return str(signer.generate_presigned_url(request, "connect", 900, region)).removeprefix("http://")


def test_database_token_is_the_one_that_boto3_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(user: str, region: str, token: str) -> str:
        monkeypatch.setenv("AWS_REGION", region)
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
        return sign_in.database_password(_database(user, port=3307))

    rows = [(*row, _boto3s_database_token(row[0], 3307, *row[1:])) for row in _SIGNERS]
    assert wrong_answers(made, rows) == []


def test_cache_token_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(user: str, region: str, token: str) -> str:
        monkeypatch.setenv("AWS_REGION", region)
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
        return sign_in.redis_password(_cache(user))

    rows = [(*row, _botocores_cache_token(row[0], "microshop-prod", *row[1:])) for row in _SIGNERS]
    assert wrong_answers(made, rows) == []


def test_cache_id_in_capitals_is_signed_as_botocore_signs_it() -> None:
    expected = _botocores_cache_token("microshop", "Microshop-Prod", _REGIONS[0], _TOKENS[1])

    assert sign_in.redis_password(_cache(cache="Microshop-Prod")) == expected


def test_database_token_names_its_server_and_lasts_15_minutes() -> None:
    token = sign_in.database_password(_database())

    assert token.startswith(f"{_HOST}:3306/?Action=connect&DBUser=microshop_app&X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert "&X-Amz-Date=20260307T090501Z&X-Amz-Expires=900&" in token


def test_cache_token_names_its_cache_and_no_host() -> None:
    assert sign_in.redis_password(_cache()).startswith("microshop-prod/?Action=connect&User=microshop&")


def test_token_uses_the_credentials_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sign_in.database_password(_database())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIALATER")

    assert "ASIAEXAMPLE" in before
    assert "ASIALATER" in sign_in.database_password(_database())


def test_token_holds_no_secret_key() -> None:
    tokens = sign_in.database_password(_database()) + sign_in.redis_password(_cache())

    assert _SECRET not in tokens
    assert quote(_SECRET, safe="") not in tokens


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"])
def test_missing_variable_of_a_token_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(MissingSetting, match=missing):
        sign_in.database_password(_database())


def test_password_of_a_url_is_used_to_sign_in() -> None:
    database = settings.database_address("mysql://u:p%40ss@h/d")
    nobody = settings.redis_address("redis://h")

    assert sign_in.database_password(database) == sign_in.redis_password(database) == "p@ss"
    assert sign_in.redis_password(nobody) == ""
