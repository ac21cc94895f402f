"""Immutable values: their construction, comparison and representation."""

import pickle
from copy import replace
from typing import Any

import pytest

from microshop.values import Value


class _Point(Value):
    x: int
    y: int = 0


class _NamedPoint(_Point, hidden={"secret"}):
    name: str = ""
    secret: str = ""


class _Positive(Value):
    value: int

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError("must be positive")


@pytest.mark.parametrize("made", [_Point(1, 2), _Point(x=1, y=2), _Point(1, y=2), replace(_Point(5, 2), x=1)])
def test_values_with_the_same_fields_are_equal(made: _Point) -> None:
    assert (made.x, made.y) == (1, 2)
    assert made == _Point(1, 2)
    assert len({made, _Point(1, 2)}) == 1


def test_values_of_other_fields_or_classes_differ() -> None:
    assert _Point(1) == _Point(1, 0)
    assert _Point(1) != _Point(1, 1)
    assert _Point(1) != _NamedPoint(1)


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        ((), {}),
        ((), {"y": 1}),
        ((1, 2, 3), {}),
        ((1, 2, 3), {"y": 2}),
        ((1,), {"x": 1}),
        ((1, 2), {"y": 2}),
        ((1,), {"z": 3}),
        ((1, 2), {"z": 3}),
        ((), {"x": 1, "z": 3}),
        ((), {"x": 1, "y": 2, "z": 3}),
    ],
    ids=[
        "none",
        "missing",
        "too many",
        "too many and twice",
        "twice",
        "twice and complete",
        "unknown",
        "unknown and complete",
        "unknown in place of a default",
        "unknown beside all",
    ],
)
def test_wrong_arguments_are_refused(positional: tuple[int, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="_Point has the fields x, y"):
        _Point(*positional, **named)


def test_a_value_cannot_be_changed() -> None:
    point = _Point(1)

    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x

    assert point == _Point(1)


def test_fields_of_a_subclass_follow_those_of_its_base() -> None:
    assert _NamedPoint(1, 2, "A").as_dict() == {"x": 1, "y": 2, "name": "A", "secret": ""}


def test_the_representation_omits_hidden_fields() -> None:
    assert repr(_NamedPoint(1, name="A", secret="s3cret")) == "_NamedPoint(x=1, y=0, name='A')"


def test_fields_are_checked_when_a_value_is_made_or_varied() -> None:
    with pytest.raises(ValueError, match="positive"):
        _Positive(0)
    with pytest.raises(ValueError, match="positive"):
        replace(_Positive(1), value=-1)


def test_a_pickled_value_is_equal_to_the_original() -> None:
    assert pickle.loads(pickle.dumps(_Point(1, 2))) == _Point(1, 2)  # noqa: S301 - the test's own value
