"""The language of responses of the catalogue."""

import pytest

from microshop.errors import InvalidInput
from microshop.http import Request
from microshop.http.catalogue_language import requested_language
from tests.support.builders import an_api_event
from tests.support.table_rows import wrong_answers


def _language(parameter: str, header: str) -> str:
    query = {"language": [parameter]} if parameter else None
    request = Request(an_api_event(headers={"Accept-Language": header}, query=query), is_public=True, reads_query=True)
    parameters = request.query()
    language = requested_language(request, parameters)
    parameters.finish()
    return language


def test_the_parameter_decides_the_language_before_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGES", "en,zh")
    rows = [("", "", "en"), ("", "zh-CN", "zh"), ("", "fr", "en"), ("zh", "en", "zh"), ("en", "zh", "en")]

    assert wrong_answers(_language, rows) == []


def test_a_language_that_the_catalogue_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGES", "en,zh")

    with pytest.raises(InvalidInput) as refusal:
        _language("fr", "en")

    assert [(each.field, each.reason) for each in refusal.value.problems] == [("language", "must be one of en, zh")]
