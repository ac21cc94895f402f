"""Immutable value types. Their classes cost a cold start almost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


@dataclass_transform(frozen_default=True)
class Value:
    """A base class with the behaviour of a frozen dataclass, and without its generated code.

    A subclass declares its fields by annotations, with defaults if needed. Values of one class are equal if their
    fields are equal, and `copy.replace` varies them. Type checkers treat subclasses as frozen dataclasses.

    `dataclasses` imports `inspect` and compiles the methods of each class at every cold start: up to a fifth of a
    function's instructions (docs/decisions/0051-cold-start-budget.md).
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[dict[str, Any]] = {}
    _hidden: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, *, hidden: Iterable[str] = ()) -> None:
        """Collect the fields. The values of `hidden` fields, such as passwords, are not part of the representation."""
        own = [name for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind)]
        cls._fields = tuple(dict.fromkeys((*cls._fields, *own)))
        cls._names = frozenset(cls._fields)
        cls._defaults = cls._defaults | {name: vars(cls)[name] for name in own if name in vars(cls)}
        cls._hidden = cls._hidden.union(hidden)

    def __init__(self, *values: Any, **named: Any) -> None:
        # Requests make many values: without copies of the fields, and with only the checks that a call needs, one
        # costs 9 to 33 % less.
        fields, state = self._fields, self.__dict__
        if len(values) + len(named) != len(fields):
            state.update(self._defaults)
        if values:
            state.update(zip(fields, values, strict=False))
        if named:
            state.update(named)
            is_valid = state.keys() == self._names and (not values or named.keys().isdisjoint(fields[: len(values)]))
        else:
            is_valid = len(values) <= len(fields) == len(state)
        if not is_valid:
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(fields)}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the fields; subclasses override it."""

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Returns the names of the fields, those of base classes first."""
        return cls._fields

    def as_dict(self) -> dict[str, Any]:
        """Returns the fields by name, in their order."""
        return {name: vars(self)[name] for name in self._fields}

    def __replace__(self, **changes: Any) -> Self:
        return type(self)(**self.as_dict() | changes)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.as_dict().items() if name not in self._hidden)
        return f"{type(self).__name__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")
