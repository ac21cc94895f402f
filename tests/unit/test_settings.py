"""What the environment says."""

import pytest

from microshop.platform import settings
from microshop.platform.settings import MissingSetting, ServerAddress, server_address


def _address(url: str) -> ServerAddress:
    return server_address(url, default_port=3306, tls_scheme="mysqls")


def test_a_url_is_taken_apart() -> None:
    assert _address("mysql://shop:s3cret@db.example.com:3307/microshop") == ServerAddress(
        "db.example.com", 3307, "shop", "s3cret", "microshop", tls=False
    )


def test_what_a_url_leaves_out_has_its_default() -> None:
    assert _address("mysql://db.example.com") == ServerAddress("db.example.com", 3306, None, None, "", tls=False)


def test_a_password_may_hold_any_character_in_percent_encoding() -> None:
    assert _address("mysql://u:p%40s%2Fs%3Aw%25@h/d").password == "p@s/s:w%"


@pytest.mark.parametrize("url", ["mysqls://h/d", "mysql://h/d?tls=verify"])
def test_tls_is_asked_for_by_scheme_or_parameter(url: str) -> None:
    assert _address(url).tls


def test_an_ipv6_host_stands_in_brackets() -> None:
    assert _address("mysql://[::1]:3307/d").host == "::1"


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(MissingSetting, match="DATABASE_URL"):
        settings.database()


def test_a_variable_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://one/0")
    before = settings.redis()
    monkeypatch.setenv("REDIS_URL", "redis://two/0")

    assert (before.host, settings.redis().host) == ("one", "two")


@pytest.mark.parametrize(("value", "on"), [("on", True), ("off", False), ("", False), ("true", False)])
def test_only_on_switches_on(monkeypatch: pytest.MonkeyPatch, value: str, on: bool) -> None:
    monkeypatch.setenv("A_SWITCH", value)

    assert settings.switched_on("A_SWITCH") is on


def test_a_switch_that_is_not_there_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_SWITCH", raising=False)

    assert not settings.switched_on("A_SWITCH")


def test_a_url_whose_password_is_not_encoded_is_refused_without_being_quoted() -> None:
    with pytest.raises(settings.InvalidServerUrl) as refused:
        settings.server_address("mysql://shop:se/cret@db.internal:3306/shop", default_port=3306, tls_scheme="mysqls")

    assert "cret" not in str(refused.value)
    assert refused.value.__cause__ is None
