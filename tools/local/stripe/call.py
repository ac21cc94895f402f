"""One request to Stripe's API, as the operations see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

type Resource = dict[str, Any]
type Operation = Callable[[Call], Awaitable[Resource]]


@dataclass(frozen=True)
class Call:
    """`forced_status` is what a fault says that payment intents seem to be; see faults.py."""

    method: str
    path: str
    key: str
    parameters: dict[str, Any]
    identifier: str = ""
    idempotency_key: str | None = None
    request_id: str = ""
    forced_status: str | None = field(default=None, compare=False)

    @property
    def is_publishable(self) -> bool:
        """Whether it comes with the key that a web page has."""
        return self.key.startswith("pk_")

    @property
    def expand(self) -> list[str]:
        """The fields that are wanted whole where the answer has an id."""
        named = self.parameters.get("expand", [])
        return [str(name) for name in named] if isinstance(named, list) else [str(named)]

    def without(self, *names: str) -> dict[str, Any]:
        """The parameters but for these and those that belong to no resource."""
        return {name: value for name, value in self.parameters.items() if name not in {*names, "expand", "key"}}
