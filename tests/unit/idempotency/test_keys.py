"""Idempotency keys and the fingerprints of their requests."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.errors import InvalidInput
from microshop.idempotency.key import IdempotencyKey, idempotency_key
from tests.support.table_rows import not_refused

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _key(*, user_id: int = 17, header: str = "k-1", request: str = "POST /orders", body: Any = None) -> IdempotencyKey:
    found = idempotency_key(user_id, [header], request, body)
    assert found is not None
    return found


def _in_reverse(value: Any) -> Any:
    """Returns the JSON with the fields of every object in reverse order."""
    if isinstance(value, dict):
        return {name: _in_reverse(item) for name, item in reversed(value.items())}
    return [_in_reverse(item) for item in value] if isinstance(value, list) else value


def test_request_without_the_header_has_no_key() -> None:
    assert idempotency_key(17, [], "POST /orders", {}) is None


def test_key_is_kept_as_it_was_sent() -> None:
    headers = ["k", "!", "~", "a" * 128, '"quoted"', "a,b;c=d"]

    assert [_key(header=header).key for header in headers] == headers


def test_key_is_refused_unless_it_has_1_to_128_visible_ascii_characters() -> None:
    headers = ["", " ", "a b", " a", "a ", "a\t", "a\n", "a" * 129, "é", "\x7f", "\0", "😀", "\uff11"]
    reason = "Idempotency-Key: must be 1 to 128 visible ASCII characters"

    assert not_refused(lambda header: _key(header=header), headers, reason, InvalidInput) == []


def test_two_keys_are_refused_even_when_equal() -> None:
    with pytest.raises(InvalidInput, match="Idempotency-Key: is given more than once"):
        idempotency_key(17, ["k-1", "k-1"], "POST /orders", {})


@given(_JSON)
def test_fingerprint_ignores_the_order_of_fields(body: Any) -> None:
    assert _key(body=body) == _key(body=_in_reverse(body))


@given(_JSON, _JSON)
def test_fingerprint_differs_when_the_body_differs(one: Any, other: Any) -> None:
    # As text, because Python takes 1 for True.
    assert (_key(body=one) == _key(body=other)) == (repr(_sorted(one)) == repr(_sorted(other)))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def test_bodies_that_differ_for_the_shop_have_different_fingerprints() -> None:
    pairs: list[tuple[Any, Any]] = [
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": 1, "b": None}),
        ([1, 2], [2, 1]),
        ({"a": "x "}, {"a": "x"}),
        ({"a": {"b": 1}}, {"a.b": 1}),
        ({"a": "é"}, {"a": "e\u0301"}),
    ]

    assert [pair for pair in pairs if len({_key(body=body).fingerprint for body in pair}) == 1] == []


def test_fingerprint_differs_at_another_endpoint() -> None:
    one, other = _key(request="POST /products/1/stock"), _key(request="POST /products/2/stock")

    assert one.fingerprint != other.fingerprint


def test_fingerprint_of_a_large_body_fits_its_column() -> None:
    assert len(_key(body=["😀" * 100_000]).fingerprint) == 64
