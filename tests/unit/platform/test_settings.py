"""Settings in the environment: server URLs, switches and the time zone."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.platform import settings
from microshop.platform.settings import (
    InvalidServerUrl,
    MissingSetting,
    Roots,
    ServerAddress,
    UnknownTimeZone,
    database_address,
)
from tests.support.table_rows import not_refused, wrong_answers


def _address(url: str) -> ServerAddress:
    return database_address(url)


def test_url_is_parsed() -> None:
    assert _address("mysql://shop:s3cret@db.example.com:3307/microshop") == ServerAddress(
        "db.example.com", 3307, "shop", "s3cret", "microshop", tls=None
    )


def test_missing_part_of_a_url_has_its_default() -> None:
    assert _address("mysql://db.example.com") == ServerAddress("db.example.com", 3306, None, None, "", tls=None)


def test_password_may_hold_any_character_in_percent_encoding() -> None:
    assert _address("mysql://u:p%40s%2Fs%3Aw%25@h/d").password == "p@s/s:w%"


def test_scheme_or_parameter_of_a_url_chooses_the_tls_roots() -> None:
    rows = [
        ("mysql://h/d", None),
        ("mysqls://h/d", Roots.DEFAULT),
        ("mysql://h/d?tls=verify", Roots.DEFAULT),
        ("mysqls://h/d?tls=verify", Roots.DEFAULT),
        ("mysql://h/d?tls=rds", Roots.RDS),
        ("mysqls://h/d?tls=rds", Roots.RDS),
        ("mysql://h/d?tls=amazon", Roots.AMAZON),
    ]

    assert wrong_answers(lambda url: _address(url).tls, rows) == []


def test_url_may_ask_for_a_token_instead_of_a_password() -> None:
    assert _address("mysql://shop@h/d?tls=rds&auth=iam") == ServerAddress(
        "h", 3306, "shop", None, "d", tls=Roots.RDS, iam=True
    )


def test_redis_token_is_for_the_cache_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "rediss://shop@h:6380/0?tls=amazon&auth=iam&cache=shop-prod")

    assert settings.redis() == ServerAddress(
        "h", 6380, "shop", None, "0", tls=Roots.AMAZON, iam=True, cache="shop-prod"
    )


def test_url_is_refused_when_a_parameter_is_unknown() -> None:
    queries = [
        "tls=no",
        "tls=",
        "tls",
        "tls=VERIFY",
        "tls=verify&tls=verify",
        "tls=verify&auth=password",
        "tls=verify&auth=",
        "tls=verify&auth=iam&cache=",
        "tsl=verify",
        "ssl=true",
        "-=-",
    ]
    urls = [f"mysql://shop@h/d?{query}" for query in queries]

    assert not_refused(_address, urls, "tls=verify, tls=rds or tls=amazon", InvalidServerUrl) == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://shop@h/d?auth=iam", "without TLS"),
        ("mysql://h/d?tls=rds&auth=iam", "must have a user"),
        ("mysql://shop:hunter2@h/d?tls=rds&auth=iam", "no password"),
    ],
)
def test_token_is_refused_without_tls_or_user_or_with_a_password(url: str, why: str) -> None:
    with pytest.raises(InvalidServerUrl, match=why) as refused:
        _address(url)

    assert "hunter2" not in str(refused.value)


def test_redis_token_is_refused_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "rediss://shop@h:6380/0?auth=iam")

    with pytest.raises(InvalidServerUrl, match="cache="):
        settings.redis()


def test_address_does_not_show_its_password() -> None:
    assert "s3cret" not in repr(_address("mysql://shop:s3cret@h/d"))


def test_ipv6_host_is_read_from_brackets() -> None:
    assert _address("mysql://[::1]:3307/d").host == "::1"


def test_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(MissingSetting, match="DATABASE_URL"):
        settings.database()


def test_variable_is_read_at_every_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://one/0")
    before = settings.redis()
    monkeypatch.setenv("REDIS_URL", "redis://two/0")

    assert (before.host, settings.redis().host) == ("one", "two")


@pytest.mark.parametrize(("value", "on"), [("on", True), ("off", False), ("", False), ("true", False)])
def test_switch_is_on_only_when_it_is_on(monkeypatch: pytest.MonkeyPatch, value: str, on: bool) -> None:
    monkeypatch.setenv("A_SWITCH", value)

    assert settings.is_on("A_SWITCH") is on


def test_missing_switch_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_SWITCH", raising=False)

    assert not settings.is_on("A_SWITCH")


def test_url_is_refused_unquoted_when_its_password_is_not_encoded() -> None:
    with pytest.raises(settings.InvalidServerUrl) as refused:
        settings.database_address("mysql://shop:se/cret@db.internal:3306/shop")

    assert "cret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("url", ["mysql://shop:se?cret@h/d", "mysql://shop@h/d?tls=se_cret", "mysql://u@h/d?se_cret=1"])
def test_unreadable_url_is_refused_without_a_quotation(url: str) -> None:
    with pytest.raises(InvalidServerUrl) as refused:
        _address(url)

    assert "cret" not in str(refused.value)


def test_url_is_refused_when_it_is_of_another_kind_of_server() -> None:
    urls = [
        "nonsense",
        "",
        "127.0.0.1:3306/microshop",
        "mysql:127.0.0.1:3306/microshop",
        "postgres://shop:secret@h:5432/shop",
        "mysql+pymysql://shop:secret@h/shop",
        "http://h/shop",
        "redis://h/0",
    ]

    assert not_refused(_address, urls, "must begin with mysql:// or mysqls://", InvalidServerUrl) == []
    for url in urls:
        with pytest.raises(InvalidServerUrl) as refused:
            _address(url)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("scheme", "roots"), [("redis", None), ("rediss", Roots.DEFAULT)])
def test_scheme_of_a_redis_url_chooses_tls(scheme: str, roots: Roots | None) -> None:
    assert settings.redis_address(f"{scheme}://h/0").tls is roots


def test_redis_url_of_another_kind_of_server_is_refused() -> None:
    with pytest.raises(InvalidServerUrl, match="must begin with redis:// or rediss://"):
        settings.redis_address("mysql://h/d")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql:///microshop", "has no host"),
        ("mysql://shop:[cret@h/d", "percent-encoded"),
        ("mysql://shop:12#cret@h/d", "percent-encoded"),
        ("mysql://shop:12/cret@h:3306/d", "percent-encoded"),
    ],
)
def test_url_is_refused_when_it_would_lead_to_another_server(url: str, why: str) -> None:
    with pytest.raises(InvalidServerUrl, match=why) as refused:
        _address(url)

    assert "cret" not in str(refused.value)


def test_shops_time_zone_is_utc_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.shop_time_zone() is UTC

    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")

    assert settings.shop_time_zone().utcoffset(datetime(2026, 1, 1)) == timedelta(hours=5, minutes=30)  # noqa: DTZ001


@pytest.mark.parametrize("name", ["Europe/Berlim", "Europe", "../etc/passwd", "", "+01:00", "a\0b"])
def test_unknown_time_zone_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("microshop.platform.settings.text", lambda *_: name)

    with pytest.raises(UnknownTimeZone, match=r"^ShopTimeZone=(?s:.*) is not in the IANA time zone database: choose"):
        settings.shop_time_zone()
