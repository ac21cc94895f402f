"""Mails: their templates and how they are filled in."""
# ruff: noqa: RUF001 - the sign of multiplication looks like a letter

import html
import re
from pathlib import Path
from string import Template
from typing import get_args

import pytest

from microshop.notifications import alerting, mail, mailing, order_mails
from microshop.notifications.mail import Mail, Part, render
from microshop.users.user import Language

_FOLDER = Path(mail.__file__).parent / "templates"
_LANGUAGES = get_args(Language.__value__)
_FOR_CUSTOMERS = sorted([*mailing.TEMPLATES.values(), order_mails.UNITS_RETURNED])
_FOR_THE_OPERATOR = sorted(alerting.TEMPLATES.values())  # in English only
_PARTS = sorted({file.stem for file in _FOLDER.glob("*/parts/*.txt")})
_MAILS = [(language, name) for language in _LANGUAGES for name in _FOR_CUSTOMERS]
_MAILS += [("en", name) for name in _FOR_THE_OPERATOR]


def _identifiers(language: str, file: str) -> set[str]:
    return set(Template((_FOLDER / language / file).read_text(encoding="utf-8")).get_identifiers())


def _welcome(name: str, shop: str = "Teahouse") -> Mail:
    return render("welcome", "en", {"shop": shop}, {"greeting": Part("greeting_by_name", [{"name": name}])})


def test_there_is_a_folder_of_templates_for_each_language() -> None:
    assert {folder.name for folder in _FOLDER.iterdir()} == set(_LANGUAGES)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_language_has_every_template_as_text_and_as_html_and_none_that_no_event_calls_for(language: str) -> None:
    names = [name for written, name in _MAILS if written == language] + [f"parts/{name}" for name in _PARTS]
    folder = _FOLDER / language

    found = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}

    assert found == {f"{name}.{suffix}" for name in names for suffix in ("txt", "html")}


@pytest.mark.parametrize("name", [*_FOR_CUSTOMERS, *(f"parts/{name}" for name in _PARTS)])
def test_a_template_has_the_same_placeholders_in_every_language_and_form(name: str) -> None:
    found = {
        frozenset(_identifiers(language, f"{name}.{suffix}")) for language in _LANGUAGES for suffix in ("txt", "html")
    }

    assert len(found) == 1


@pytest.mark.parametrize("name", _FOR_THE_OPERATOR)
def test_a_mail_to_the_operator_says_the_same_as_text_and_as_html(name: str) -> None:
    assert _identifiers("en", f"{name}.txt") == _identifiers("en", f"{name}.html")


@pytest.mark.parametrize(("language", "name"), _MAILS)
def test_a_mail_has_a_subject_of_one_line_and_no_placeholder_left(language: str, name: str) -> None:
    found = render(name, language, dict.fromkeys(_identifiers(language, f"{name}.txt"), "x"))

    assert found.subject
    assert found.subject.isprintable()
    assert not re.search(r"\$\w", found.subject + found.text + found.html)


def test_the_text_begins_after_the_subject() -> None:
    found = _welcome("Ada")

    assert found.subject == "Welcome to Teahouse"
    assert found.text.startswith("Hello Ada,")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "a & b", "' onclick='"])
def test_a_value_is_escaped_in_html_and_left_as_it_is_in_text(name: str) -> None:
    found = _welcome(name)

    assert name not in found.html
    assert not re.search(r"<script|<img|& ", found.html)
    assert f"Hello {name}," in found.text


@pytest.mark.parametrize("name", ["$shop", "${shop}", "$$", "$password"])
def test_a_value_is_not_taken_for_a_template(name: str) -> None:
    assert f"Hello {name}," in _welcome(name).text


def test_a_missing_value_is_an_error_and_no_half_filled_mail() -> None:
    with pytest.raises(KeyError):
        render("welcome", "en", {}, {"greeting": Part("greeting")})


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
def test_a_value_with_a_line_break_breaks_no_subject(line_break: str) -> None:
    found = _welcome("Ada", shop=f"Tea{line_break}Bcc: all@example.com")

    assert found.subject == "Welcome to Tea Bcc: all@example.com"
    assert found.text.startswith("Hello Ada")


@pytest.mark.parametrize(
    ("language", "name"), [(language, name) for language, name in _MAILS if name in _FOR_CUSTOMERS]
)
def test_only_the_greeting_of_a_customers_mail_may_hold_their_name(language: str, name: str) -> None:
    assert "greeting" in _identifiers(language, f"{name}.txt")
    assert not _identifiers(language, f"{name}.txt") & {"name", "username", "email", "address", "recipient", "note"}


def test_a_part_stands_in_a_mail_once_for_each_of_its_items() -> None:
    values = {"greeting": "Hello Ada,", "shop": "Teahouse", "order_number": "MS-1", "total": "7.00 USD", "payment": ""}
    lines = [{"quantity": "2", "product": "Cup", "line_total": "6.00 USD"}]
    lines += [{"quantity": "1", "product": "Spoon", "line_total": "1.00 USD"}]

    found = render("order_received", "en", values, {"lines": Part("order_line", lines)})

    assert "\n  2 × Cup: 6.00 USD\n  1 × Spoon: 1.00 USD\n\n" in found.text
    assert found.html.count("<tr>") == 2


def test_a_part_knows_the_values_of_its_mail() -> None:
    values = {"greeting": "Hello Ada,", "shop": "Teahouse", "order_number": "MS-1", "total": "7.00 USD", "lines": ""}

    found = render("order_received", "en", values, {"payment": Part("cash_on_delivery")})

    assert "You pay 7.00 USD when it arrives." in found.text
    assert "You pay 7.00 USD when it arrives." in found.html


@pytest.mark.parametrize("product", ["<script>alert(1)</script>", "$total", "a & b", '"><img src=x>'])
def test_what_stands_in_a_part_is_escaped_in_html_and_not_taken_for_a_template(product: str) -> None:
    values = {"greeting": "Hello Ada,", "shop": "Teahouse", "order_number": "MS-1", "total": "7.00 USD", "payment": ""}
    line = {"quantity": "2", "product": product, "line_total": "6.00 USD"}

    found = render("order_received", "en", values, {"lines": Part("order_line", [line])})

    assert f"2 × {product}: 6.00 USD" in found.text
    assert html.escape(product) in found.html
    assert not re.search(r"<script|<img|& ", found.html)
