"""A step of the tour: an explanation, a request and the expected response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any, Literal

type Json = Any
type Target = Literal["shop", "provider"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A request and the expected response. `$name` in a text is a value that an earlier step saved."""

    text: str
    request: str  # method and path, such as `GET /products`
    body: Json = None
    form: Mapping[str, str] | None = None  # instead of a body: the provider accepts forms
    user: str | None = None  # the user whose token is sent
    headers: Mapping[str, str] = field(default_factory=dict)
    target: Target = "shop"
    status: int = 200
    shown: tuple[str, ...] = ()  # fields of the response, such as `items.name`
    expected: Mapping[str, Json] = field(default_factory=dict)
    saves: Mapping[str, str] = field(default_factory=dict)  # name: field of the response
    logs_in: str | None = None  # the user whose token is in the response
    mail_subject: str | None = None  # repeat until the user at `$email` has this mail; `token` is that of its link
    is_polled: bool = False  # repeat until the response is as expected, because a webhook takes a moment
    chapter: str | None = None  # the heading above the step


def fill_in(value: Json, saved: Mapping[str, Json]) -> Json:
    """Returns the value with `$name` replaced. A text that is only `$name` becomes the saved value, even a number."""
    if isinstance(value, Mapping):
        return {key: fill_in(each, saved) for key, each in value.items()}
    if isinstance(value, list):
        return [fill_in(each, saved) for each in value]
    if not isinstance(value, str):
        return value
    whole = value.removeprefix("$")
    return saved[whole] if value.startswith("$") and whole in saved else Template(value).substitute(saved)


def field_value(body: Json, path: str) -> Json:
    """Returns the value of a field such as `dispute.status`, or None. In a list, the first item counts."""
    for name in path.split("."):
        if isinstance(body, list):
            body = body[0] if body else None
        body = body.get(name) if isinstance(body, dict) else None
    return body


def shortened(body: Json, paths: tuple[str, ...]) -> Json:
    """Returns the body with only these fields, in this order. A path into a list applies to each item."""
    if isinstance(body, list):
        return [shortened(each, paths) for each in body]
    if not isinstance(body, dict):
        return body
    inner: dict[str, tuple[str, ...]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        inner[head] = (*inner.get(head, ()), *([rest] if rest else []))
    return {name: shortened(body[name], rest) if rest else body[name] for name, rest in inner.items() if name in body}
