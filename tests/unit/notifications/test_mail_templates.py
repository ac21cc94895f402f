"""Mail templates and how they are filled in."""
# ruff: noqa: RUF001 - the sign of multiplication looks like a letter

import html
import re
from collections.abc import Iterable
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
    return render(
        "welcome",
        "en",
        {"shop": shop},
        {"greeting": Part("greeting_by_name", [{"name": name}]), "link": Part("code", [{"code": "t0ken"}])},
    )


def test_every_language_has_a_folder_of_templates() -> None:
    assert {folder.name for folder in _FOLDER.iterdir()} == set(_LANGUAGES)


def test_every_language_has_each_template_in_both_forms_and_no_other() -> None:
    found = {str(file.relative_to(_FOLDER)) for file in _FOLDER.rglob("*") if file.is_file()}

    names = [f"{language}/{name}" for language, name in _MAILS]
    names += [f"{language}/parts/{name}" for language in _LANGUAGES for name in _PARTS]
    assert found == {f"{name}.{suffix}" for name in names for suffix in ("txt", "html")}


def test_template_has_the_same_placeholders_in_every_language_and_form() -> None:
    def forms(name: str, languages: Iterable[str]) -> set[frozenset[str]]:
        files = [(language, f"{name}.{suffix}") for language in languages for suffix in ("txt", "html")]
        return {frozenset(_identifiers(*file)) for file in files}

    of_customers = {name: forms(name, _LANGUAGES) for name in (*_FOR_CUSTOMERS, *(f"parts/{name}" for name in _PARTS))}
    of_operators = {name: forms(name, ["en"]) for name in _FOR_THE_OPERATOR}
    assert {name: found for name, found in (of_customers | of_operators).items() if len(found) != 1} == {}


def test_mail_has_a_subject_of_one_line_and_no_placeholder_left() -> None:
    def is_complete(mail: Mail) -> bool:
        has_placeholder = re.search(r"\$\w", mail.subject + mail.text + mail.html)
        return bool(mail.subject) and mail.subject.isprintable() and not has_placeholder

    mails = {
        (language, name): render(name, language, dict.fromkeys(_identifiers(language, f"{name}.txt"), "x"))
        for language, name in _MAILS
    }
    assert {name: mail for name, mail in mails.items() if not is_complete(mail)} == {}


def test_text_begins_after_the_subject() -> None:
    found = _welcome("Ada")

    assert found.subject == "Welcome to Teahouse"
    assert found.text.startswith("Hello Ada,")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "a & b", "' onclick='"])
def test_value_is_escaped_in_html_and_unchanged_in_text(name: str) -> None:
    found = _welcome(name)

    assert name not in found.html
    assert not re.search(r"<script|<img|& ", found.html)
    assert f"Hello {name}," in found.text


@pytest.mark.parametrize("name", ["$shop", "${shop}", "$$", "$password"])
def test_value_is_not_rendered_as_a_template(name: str) -> None:
    assert f"Hello {name}," in _welcome(name).text


def test_mail_is_refused_when_a_value_is_missing() -> None:
    with pytest.raises(KeyError):
        render("welcome", "en", {}, {"greeting": Part("greeting")})


def test_subject_stays_one_line_when_a_value_has_a_line_break() -> None:
    breaks = ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\x00"]

    subjects = {text: _welcome("Ada", shop=f"Tea{text}Bcc: all@example.com").subject for text in breaks}

    assert subjects == dict.fromkeys(breaks, "Welcome to Tea Bcc: all@example.com")


def test_only_the_greeting_of_a_customers_mail_may_hold_their_name() -> None:
    personal = {"name", "username", "email", "address", "recipient", "note"}
    used = {
        (language, name): _identifiers(language, f"{name}.txt") for language, name in _MAILS if name in _FOR_CUSTOMERS
    }

    assert [mail for mail, names in used.items() if "greeting" not in names] == []
    assert {mail: names & personal for mail, names in used.items() if names & personal} == {}


def test_part_appears_once_for_each_item() -> None:
    values = {"greeting": "Hello Ada,", "shop": "Teahouse", "order_number": "MS-1", "total": "7.00 USD", "payment": ""}
    lines = [{"quantity": "2", "product": "Cup", "line_total": "6.00 USD"}]
    lines += [{"quantity": "1", "product": "Spoon", "line_total": "1.00 USD"}]

    found = render("order_received", "en", values, {"lines": Part("order_line", lines)})

    assert "\n  2 × Cup: 6.00 USD\n  1 × Spoon: 1.00 USD\n\n" in found.text
    assert found.html.count("<tr>") == 2


def test_part_has_the_values_of_its_mail() -> None:
    values = {"greeting": "Hello Ada,", "shop": "Teahouse", "order_number": "MS-1", "total": "7.00 USD", "lines": ""}

    found = render("order_received", "en", values, {"payment": Part("cash_on_delivery")})

    assert "You pay 7.00 USD on delivery." in found.text
    assert "You pay 7.00 USD on delivery." in found.html


@pytest.mark.parametrize("product", ["<script>alert(1)</script>", "$total", "a & b", '"><img src=x>'])
def test_value_of_a_part_is_escaped_in_html_and_no_template(product: str) -> None:
    values = {"greeting": "Hello Ada,", "shop": "Teahouse", "order_number": "MS-1", "total": "7.00 USD", "payment": ""}
    line = {"quantity": "2", "product": product, "line_total": "6.00 USD"}

    found = render("order_received", "en", values, {"lines": Part("order_line", [line])})

    assert f"2 × {product}: 6.00 USD" in found.text
    assert html.escape(product) in found.html
    assert not re.search(r"<script|<img|& ", found.html)
