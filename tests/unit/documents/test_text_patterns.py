"""Text patterns in docs/openapi.yaml match the texts that the shop accepts."""

import re
from typing import Annotated

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import AfterValidator, ValidationError

from microshop.orders.countries import country_code
from microshop.orders.schemas import phone_number
from microshop.schemas import OR_BLANK, RequestModel, line, lines, prose, remark
from microshop.users.user import normalise_email
from tools.documents.limits import limits_of

_LENGTH = 1000
_NOTES = {
    "a_line": (line(_LENGTH),),
    "a_remark": (remark(_LENGTH),),
    "some_lines": (lines(_LENGTH),),
    "some_prose": (prose(_LENGTH),),
    "optional_line": (line(_LENGTH), OR_BLANK),
    "optional_phone": (AfterValidator(phone_number), OR_BLANK),
}
# Characters that the patterns decide alone: letters, blanks, breaks, control characters and bidi controls.
_CONTROL = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
_SPACES = "\t \u00a0\u1680\u2000\u2009\u200a\u202f\u205f\u3000"
_BIDI = "\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069"
_DECIDED = st.text(st.sampled_from("aé水") | st.sampled_from("\r\n" + _SPACES) | st.sampled_from(_CONTROL + _BIDI))
_BREAKS_AND_BLANKS = st.text(st.sampled_from("a\r\n\t\u3000"), max_size=6)


class _Sent(RequestModel):
    a_line: Annotated[str, *_NOTES["a_line"]] | None = None
    a_remark: Annotated[str, *_NOTES["a_remark"]] | None = None
    some_lines: Annotated[str, *_NOTES["some_lines"]] | None = None
    some_prose: Annotated[str, *_NOTES["some_prose"]] | None = None
    optional_line: Annotated[str, *_NOTES["optional_line"]] | None = None
    optional_phone: Annotated[str, *_NOTES["optional_phone"]] | None = None


def _is_taken(kind: str, text: str) -> bool:
    try:
        _Sent.model_validate({kind: text})
    except ValidationError:
        return False
    return True


def _is_described(kind: str, text: str) -> bool:
    # In JSON schema, $ is the end of the text. In Python it also matches before a final line feed.
    return re.search(limits_of("string", _NOTES[kind])["pattern"].replace("$", r"\Z"), text) is not None


@pytest.mark.parametrize("kind", ["a_line", "a_remark", "some_lines", "some_prose", "optional_line"])
@given(text=_DECIDED | _BREAKS_AND_BLANKS)
@example(text="1 Main Street\r\nBerlin")
@example(text="Kettle\n")
@example(text="\u3000\t")
def test_pattern_matches_exactly_the_accepted_characters(kind: str, text: str) -> None:
    assert _is_taken(kind, text) == _is_described(kind, text)


@pytest.mark.parametrize("kind", ["a_line", "a_remark", "some_lines", "some_prose", "optional_line"])
@given(text=st.text())
def test_pattern_matches_every_accepted_text(kind: str, text: str) -> None:
    assert _is_described(kind, text) or not _is_taken(kind, text)


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u3000\u00a0"], ids=ascii)
def test_optional_text_may_be_blank_despite_its_pattern(blank: str) -> None:
    assert _is_taken("optional_phone", blank)
    assert _is_described("optional_phone", blank)


def test_pattern_of_a_code_matches_its_normal_form() -> None:
    rows = [
        (normalise_email, " Ada+Shop@Example.ORG\n"),
        (normalise_email, "ada@b\u00fccher.example"),
        (country_code, " de"),
        (phone_number, "\u202a+49 (0)30 123-456 ext. 7\u202c"),
        (phone_number, "\u0660\u0663\u0660 \u0661\u0662\u0663\u0664\u0665\u0666"),
    ]

    unmatched = [
        sent for rule, sent in rows if not re.search(limits_of("string", [AfterValidator(rule)])["pattern"], rule(sent))
    ]

    assert unmatched == []
