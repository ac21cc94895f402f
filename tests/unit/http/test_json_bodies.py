"""The reader of JSON bodies: what it accepts, and how it names errors."""

import base64
import contextlib
import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.errors import ContentTooLarge, InvalidInput, UnsupportedMediaType
from microshop.http.body import MAX_BODY_BYTES, read_json_object
from tests.support.table_rows import not_refused


def _read(
    body: str | None, *, is_base64: bool = False, content_type: str = "application/json", content_encoding: str = ""
) -> dict[str, object]:
    return read_json_object(body, is_base64=is_base64, content_type=content_type, content_encoding=content_encoding)


def _refused_fields(body: str | None, *, is_base64: bool = False) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        _read(body, is_base64=is_base64)
    return {problem.field: problem.reason for problem in refusal.value.problems}


def _of_size(size: int) -> str:
    return json.dumps({"a": "x" * (size - len('{"a": ""}'))})


def test_object_is_read_when_it_is_declared_as_json() -> None:
    types = ["application/json", "Application/JSON", " application/json ; charset=utf-8"]

    assert [_read('{"a": 1}', content_type=each) for each in types] == [{"a": 1}] * len(types)


def test_base64_body_is_read_as_its_content() -> None:
    encoded = base64.b64encode('{"name": "王😀"}'.encode()).decode()

    assert _read(encoded, is_base64=True) == {"name": "王😀"}


def test_body_is_refused_when_it_has_another_media_type() -> None:
    types = ["", "text/plain", "application/x-www-form-urlencoded", "text/json", "application/json-patch+json", ";"]

    assert not_refused(lambda each: _read('{"a": 1}', content_type=each), types, "", UnsupportedMediaType) == []


def test_body_is_refused_when_it_is_compressed() -> None:
    encodings = ["gzip", "br", "identity, gzip", "x"]

    assert not_refused(lambda each: _read('{"a": 1}', content_encoding=each), encodings, "", UnsupportedMediaType) == []


def test_identity_encoding_is_accepted() -> None:
    assert _read('{"a": 1}', content_encoding="Identity") == {"a": 1}


def test_empty_body_is_refused_as_empty() -> None:
    reason = "body: is empty; a JSON object is expected"

    assert not_refused(_read, [None, "", "  \n"], reason, InvalidInput) == []


def test_malformed_json_is_refused() -> None:
    bodies = ["{", "{]", "{'a': 1}", '{"a": 1,}', '{"a": 01}', '{"a": "\n"}', "\ufeff{}", "{} {}", "\x1f\x8b\x08"]

    assert not_refused(_read, bodies, "body: is not JSON", InvalidInput) == []


def test_json_is_refused_when_it_is_not_an_object() -> None:
    assert (
        not_refused(_read, ["[]", "1", '"a"', "null", "true", "[{}]"], "body: must be a JSON object", InvalidInput)
        == []
    )


def test_constants_that_json_does_not_know_are_refused() -> None:
    for constant in ["NaN", "Infinity", "-Infinity"]:
        assert constant in _refused_fields(f'{{"a": {constant}}}')["body"]


def test_number_is_refused_when_it_has_too_many_digits() -> None:
    numbers = ["1" * 33, "-" + "1" * 40, "1" * 5000, "1e400", "-1e400", "0." + "1" * 40]

    assert (
        not_refused(_read, [f'{{"a": {number}}}' for number in numbers], "body: contains a number", InvalidInput) == []
    )


def test_number_of_a_sane_length_is_read() -> None:
    numbers = ["1" * 32, "-" + "1" * 31, "1e300", "0.1"]

    assert [_read(f'{{"a": {number}}}')["a"] for number in numbers] == [json.loads(number) for number in numbers]


def test_duplicate_name_is_refused_at_any_depth() -> None:
    assert _refused_fields('{"a": 1, "a": 1}') == {"a": "is given more than once"}
    assert _refused_fields('{"x": [{"b": 1, "b": 2}]}') == {"b": "is given more than once"}


def test_every_duplicate_name_is_listed() -> None:
    assert list(_refused_fields('{"b": 1, "a": 1, "b": 2, "a": 2}')) == ["a", "b"]


def test_character_that_cannot_be_stored_is_named_with_its_place() -> None:
    bodies = [
        f'{{"a": {{"b": ["fine", "x{escape}"]}}}}' for escape in [r"\u0000", r"\ud800", r"\udfff", r"\udc00\ud800"]
    ]

    assert not_refused(_read, bodies, "a.b.1: contains a character that cannot be stored", InvalidInput) == []


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800"])
def test_name_that_cannot_be_stored_is_refused_at_its_object(escape: str) -> None:
    assert list(_refused_fields(f'{{"a": {{"{escape}": 1}}}}')) == ["a"]
    assert list(_refused_fields(f'{{"{escape}": 1}}')) == ["body"]


def test_escaped_surrogate_pair_is_one_character() -> None:
    assert _read(r'{"a": "\ud83d\ude00"}') == {"a": "😀"}


def test_deep_nesting_is_refused() -> None:
    bodies = [
        ('{"x":' + opened * depth + "1" + closed * depth + "}")[:MAX_BODY_BYTES]
        for depth, (opened, closed) in product([990, 2_000, 10_000, 100_000], [("[", "]"), ('{"a":', "}")])
    ]

    assert not_refused(_read, bodies, "body: ", InvalidInput) == []


def test_body_of_256_kib_is_read() -> None:
    assert _read(_of_size(MAX_BODY_BYTES))


def test_body_is_refused_when_one_byte_too_large() -> None:
    with pytest.raises(ContentTooLarge):
        _read(_of_size(MAX_BODY_BYTES + 1))


def test_limit_counts_bytes_and_not_characters() -> None:
    with pytest.raises(ContentTooLarge):
        _read('{"a": "' + "字" * (MAX_BODY_BYTES // 3) + '"}')


def test_base64_body_is_measured_decoded() -> None:
    fits = base64.b64encode(_of_size(MAX_BODY_BYTES).encode()).decode()
    too_large = base64.b64encode(_of_size(MAX_BODY_BYTES + 1).encode()).decode()

    assert _read(fits, is_base64=True)
    with pytest.raises(ContentTooLarge):
        _read(too_large, is_base64=True)


def test_base64_is_refused_when_it_holds_no_text() -> None:
    bodies = ["not base64!", "e30", base64.b64encode(b"\xff\xfe{}").decode()]

    assert not_refused(lambda body: _read(body, is_base64=True), bodies, "body: is not UTF-8 text", InvalidInput) == []


def test_lone_surrogate_in_a_body_is_refused() -> None:
    assert _refused_fields('{"a": "\ud800"}') == {"body": "is not UTF-8 text"}


def test_only_the_first_hundred_wrong_places_are_named() -> None:
    wrong = ",".join([r'"\u0000"'] * 10_000)
    body = f'{{"{"k" * 100_000}": [{wrong}]}}'

    found = _refused_fields(body)

    assert len(found) <= 100
    assert all(len(field) <= 200 for field in found)


def test_only_the_first_hundred_duplicate_names_are_named() -> None:
    body = "{" + ",".join(f'"a{number % 2000}":1' for number in range(25_000)) + "}"

    assert len(_refused_fields(body)) == 100


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.sampled_from([r"\ud800", r"\u0000"]))
def test_names_of_wrong_fields_can_be_sent_back(members: dict[str, str], escape: str) -> None:
    text = json.dumps({name + "\x00": value for name, value in members.items()} | {"x": "\x00"})
    twice = f'{{"{escape}":1,"{escape}":2}}'

    for body in (text, twice):
        assert "".join(_refused_fields(body)).encode()


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(_read(text), dict)
