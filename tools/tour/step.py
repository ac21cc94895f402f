"""A step of the tour: a sentence, a request and the expected answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any, Literal

type Json = Any
type Target = Literal["shop", "provider"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A request and its expected answer. `$name` in a text is a value that an earlier step kept."""

    says: str
    asks: str  # method and path, such as `GET /products`
    body: Json = None
    form: Mapping[str, str] | None = None  # in place of a body: the provider takes forms
    user: str | None = None  # the user whose token is sent
    headers: Mapping[str, str] = field(default_factory=dict)
    at: Target = "shop"
    status: int = 200
    shows: tuple[str, ...] = ()  # fields of the answer, such as `items.name`
    expects: Mapping[str, Json] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)  # name: field of the answer
    logs_in: str | None = None  # the user whose token is in the answer
    waits: bool = False  # retry until the answer is as expected, because a webhook takes a moment
    chapter: str | None = None  # the heading above the step


def filled(value: Json, kept: Mapping[str, Json]) -> Json:
    """Returns the value with `$name` replaced. A text that is only `$name` becomes the kept value, also a number."""
    if isinstance(value, Mapping):
        return {key: filled(each, kept) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, kept) for each in value]
    if not isinstance(value, str):
        return value
    whole = value.removeprefix("$")
    return kept[whole] if value.startswith("$") and whole in kept else Template(value).substitute(kept)


def found(answer: Json, path: str) -> Json:
    """Returns the value of a field such as `dispute.status`, or None. In a list, the first item counts."""
    for name in path.split("."):
        if isinstance(answer, list):
            answer = answer[0] if answer else None
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def shortened(answer: Json, paths: tuple[str, ...]) -> Json:
    """Returns the answer with only these fields, in this order. A path into a list applies to each item."""
    if isinstance(answer, list):
        return [shortened(each, paths) for each in answer]
    if not isinstance(answer, dict):
        return answer
    inner: dict[str, tuple[str, ...]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        inner[head] = (*inner.get(head, ()), *([rest] if rest else []))
    return {
        name: shortened(answer[name], rest) if rest else answer[name] for name, rest in inner.items() if name in answer
    }
