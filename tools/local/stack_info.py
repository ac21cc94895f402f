"""The addresses of the running stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.templates.model import ACCOUNT, WHOLE_STAGE

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from tools.templates.model import Inventory


@dataclass(frozen=True, slots=True)
class StackInfo:
    """The addresses of a running stack, with its functions and queues.

    `rate_limit` is the number of requests a second that the customers' API accepts, or None without throttling.
    """

    url: str
    control_url: str
    aws_endpoint_url: str
    stripe_url: str | None
    functions: tuple[str, ...]
    queues: Mapping[str, str]
    rate_limit: float | None = None


def stack_info(
    inventory: Inventory,
    public: socket.socket,
    control: socket.socket,
    aws_endpoint_url: str,
    stripe_url: str | None,
    *,
    throttle: bool,
) -> StackInfo:
    """Returns the addresses of a stack whose sockets listen."""
    whole_stage = inventory.apis[0].throttles.get(WHOLE_STAGE) if inventory.apis and throttle else None
    return StackInfo(
        url=url_of(public),
        control_url=url_of(control),
        aws_endpoint_url=aws_endpoint_url,
        stripe_url=stripe_url,
        functions=tuple(function.logical_id for function in inventory.functions.values()),
        queues={queue.logical_id: f"{aws_endpoint_url}/{ACCOUNT}/{queue.name}" for queue in inventory.queues},
        rate_limit=whole_stage.rate if whole_stage else None,
    )


def url_of(listener: socket.socket) -> str:
    """Returns the HTTP address of a socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
