"""A request to Stripe's API, as the operations receive it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

type Resource = dict[str, Any]
type Operation = Callable[[Call], Awaitable[Resource]]


@dataclass(frozen=True)
class Call:
    """A parsed request. `forced_status` is the status that a fault gives to payment intents; see faults.py."""

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
        """Whether the key is the publishable one, which web pages use."""
        return self.key.startswith("pk_")

    @property
    def expand(self) -> list[str]:
        """The fields to return as whole objects instead of ids."""
        named = self.parameters.get("expand", [])
        return [str(name) for name in named] if isinstance(named, list) else [str(named)]

    def without(self, *names: str) -> dict[str, Any]:
        """Returns the parameters without these and without `expand` and `key`, which belong to no resource."""
        return {name: value for name, value in self.parameters.items() if name not in {*names, "expand", "key"}}
