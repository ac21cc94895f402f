"""Renders a mail from a template and its values, as text and as HTML.

A template is two files per language: `<name>.txt`, whose first line is the subject, and `<name>.html`.
Parts are such pairs without a subject, in `parts/`: sections that a mail repeats, or that only some mails have.
"""

import functools
import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template

from microshop.values import Value

_TEMPLATES = Path(__file__).parent / "templates"
# White space and control characters: a mail's subject is one line.
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class Mail(Value):
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


class Part(Value):
    """A part of a mail, repeated for each of `items`, whose values extend the mail's."""

    name: str
    items: Sequence[Mapping[str, str]] = ({},)


def render(name: str, language: str, values: Mapping[str, str], parts: Mapping[str, Part] | None = None) -> Mail:
    """Render template `name` with `parts` at their placeholders. Values are escaped in HTML.

    Raises:
        KeyError: a value for a placeholder is missing.
        FileNotFoundError: the template does not exist in this language.
    """
    subject, _, body = _source(language, f"{name}.txt").partition("\n")
    markup = _source(language, f"{name}.html")
    return Mail(
        _BREAKS.sub(" ", Template(subject).substitute(values)).strip(),
        _TEXT.fill(body.lstrip("\n"), language, values, parts or {}),
        _HTML.fill(markup, language, values, parts or {}),
    )


class _Form(Value):
    suffix: str
    escape: Callable[[str], str]

    def fill(self, source: str, language: str, values: Mapping[str, str], parts: Mapping[str, Part]) -> str:
        rendered = {placeholder: self._render(part, language, values) for placeholder, part in parts.items()}
        return Template(source).substitute({**self._escape(values), **rendered})

    def _render(self, part: Part, language: str, values: Mapping[str, str]) -> str:
        template = Template(_source(language, f"parts/{part.name}.{self.suffix}"))
        return "".join(template.substitute(self._escape({**values, **item})) for item in part.items).rstrip("\n")

    def _escape(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: self.escape(value) for name, value in values.items()}


_TEXT = _Form("txt", str)
_HTML = _Form("html", html.escape)


@functools.cache
def _source(language: str, file: str) -> str:
    return (_TEMPLATES / language / file).read_text(encoding="utf-8")
