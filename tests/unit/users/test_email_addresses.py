"""The normal form of mail addresses."""

# ruff: noqa: RUF001 - letters of full width are meant

import pytest

from microshop.users.user import MAX_EMAIL_LENGTH, normalise_email
from tests.support.table_rows import not_refused, wrong_answers


def test_address_is_stored_in_its_normal_form() -> None:
    rows = [
        ("ada@example.com", "ada@example.com"),
        ("  Ada@Example.COM\n", "ada@example.com"),
        ("first.last+shop@sub.example.co.uk", "first.last+shop@sub.example.co.uk"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("a@1.de", "a@1.de"),
        ("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de"),
        ("X@MÜNCHEN.de", "x@xn--mnchen-3ya.de"),
        ("x@mu\u0308nchen.de", "x@xn--mnchen-3ya.de"),
        ("x@münchen。de", "x@xn--mnchen-3ya.de"),
        ("x@ｅxample.com", "x@example.com"),
        ("x@straße.de", "x@xn--strae-oqa.de"),
        ("x@例え.テスト", "x@xn--r8jz45g.xn--zckzah"),
        ("x@xn--r8jz45g.xn--zckzah", "x@xn--r8jz45g.xn--zckzah"),
    ]

    assert wrong_answers(normalise_email, rows) == []


def test_address_is_refused_when_no_mail_can_be_sent_to_it() -> None:
    addresses = [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "ada@exam_ple.com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@example..com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "ada lovelace@example.com",
        '"ada"@example.com',
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "ada@[IPv6:::1]",
        "ada@1.2.3.4.5",
        "ada@example.1com",
        "ada@localhost",
        "ada@例え",
        "ädä@example.com",
        "ada@exämple_.com",
        "ada@exa\u200bmple.com",
        "ada@-ä.com",
        "ada@ä..com",
        "ada@☃.net",
        "ada@" + "ä" * 64 + ".com",
        "ada@ä.com\u202e",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com,eve@example.com",
        "ada@example.com\x00",
        "😀@example.com",
    ]

    assert not_refused(normalise_email, addresses, "must be an email address") == []


def test_address_may_be_as_long_as_smtp_allows() -> None:
    longest = "a" * 64 + "@" + ".".join(["b" * 63, "c" * 63, "d" * 58, "de"])

    assert len(longest) == MAX_EMAIL_LENGTH
    assert normalise_email(longest) == longest


def test_address_is_refused_when_a_part_is_longer_than_smtp_takes() -> None:
    too_long = [
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a" * 64 + "@" + ".".join(["b" * 63, "c" * 63, "d" * 59, "de"]),
    ]

    assert not_refused(normalise_email, too_long, "must be an email address") == []


def test_long_run_of_dots_is_refused_without_backtracking() -> None:
    with pytest.raises(ValueError, match="must be an email address"):
        normalise_email("a@" + "a." * 120 + "!")
