"""Mails: their templates and how they are filled in."""

import re
from pathlib import Path
from string import Template
from typing import get_args

import pytest

from microshop.notifications import mail
from microshop.notifications.mail import render
from microshop.users.user import Language

_FOLDER = Path(mail.__file__).parent / "templates"
_LANGUAGES = get_args(Language.__value__)
_NAMES = sorted({file.stem for file in _FOLDER.rglob("*.txt")})
_VALUES = {"name": "Ada", "shop": "Teahouse"}


def _identifiers(language: str, file: str) -> set[str]:
    return set(Template((_FOLDER / language / file).read_text(encoding="utf-8")).get_identifiers())


def test_there_is_a_folder_of_templates_for_each_language() -> None:
    assert {folder.name for folder in _FOLDER.iterdir()} == set(_LANGUAGES)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_language_has_every_template_as_text_and_as_html(language: str) -> None:
    found = {file.name for file in (_FOLDER / language).iterdir()}

    assert found == {f"{name}.{suffix}" for name in _NAMES for suffix in ("txt", "html")}


@pytest.mark.parametrize("name", _NAMES)
def test_a_template_has_the_same_placeholders_in_every_language_and_form(name: str) -> None:
    found = {
        frozenset(_identifiers(language, f"{name}.{suffix}")) for language in _LANGUAGES for suffix in ("txt", "html")
    }

    assert len(found) == 1


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_mail_has_a_subject_of_one_line_and_no_placeholder_left(name: str, language: str) -> None:
    found = render(name, language, _VALUES)

    assert found.subject
    assert "\n" not in found.subject
    assert not re.search(r"\$\w", found.subject + found.text + found.html)


def test_the_text_begins_after_the_subject() -> None:
    found = render("welcome", "en", _VALUES)

    assert found.subject == "Welcome to Teahouse, Ada"
    assert found.text.startswith("Hello Ada,")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "a & b", "' onclick='"])
def test_what_a_customer_chose_is_escaped_in_html(name: str) -> None:
    found = render("welcome", "en", {"name": name, "shop": "Teahouse"})

    assert name not in found.html
    assert not re.search(r"<script|<img|& ", found.html)


def test_what_a_customer_chose_is_left_as_it_is_in_text() -> None:
    assert "Hello a & b," in render("welcome", "en", {"name": "a & b", "shop": "Teahouse"}).text


@pytest.mark.parametrize("name", ["$shop", "${shop}", "$$", "$password"])
def test_a_name_is_not_taken_for_a_template(name: str) -> None:
    assert f"Hello {name}," in render("welcome", "en", {"name": name, "shop": "Teahouse"}).text


def test_a_missing_value_is_an_error_and_no_half_filled_mail() -> None:
    with pytest.raises(KeyError):
        render("welcome", "en", {"name": "Ada"})
