"""Makes a mail of a template and its values, as text and as HTML.

A template is two files of the customer's language: `<name>.txt`, whose first line is the subject, and `<name>.html`.
"""

import functools
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Mail:
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


def render(name: str, language: str, values: Mapping[str, str]) -> Mail:
    """Fill in template `name`; what goes into HTML is escaped.

    Raises:
        KeyError: a value that the template names is missing.
        FileNotFoundError: there is no such template in this language.
    """
    text = _template(language, f"{name}.txt").substitute(values)
    subject, _, body = text.partition("\n")
    escaped = {key: html.escape(value) for key, value in values.items()}
    return Mail(subject.strip(), body.lstrip("\n"), _template(language, f"{name}.html").substitute(escaped))


@functools.cache
def _template(language: str, file: str) -> Template:
    return Template((_TEMPLATES / language / file).read_text(encoding="utf-8"))
