"""The language of a response of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.http.language import preferred_language
from microshop.languages import parse_languages
from microshop.platform import settings

if TYPE_CHECKING:
    from microshop.http.query import QueryParameters
    from microshop.http.request import Request


def requested_language(request: Request, query: QueryParameters) -> str:
    """Returns the parameter `language`, or else the language of the catalogue that Accept-Language prefers."""
    languages = catalogue_languages()
    return query.choice("language", languages, "") or preferred_language(request.header("accept-language"), languages)


def catalogue_languages() -> tuple[str, ...]:
    """Returns the languages of the catalogue, the default language first."""
    return parse_languages(settings.text("LANGUAGES"))


def language_headers(language: str) -> dict[str, str]:
    """Returns the headers of a response whose language depends on Accept-Language."""
    return {"Content-Language": language, "Vary": "Accept-Language"}
