"""The time that a request may spend on a queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# API Gateway ends a request after 29 s. To make the received messages visible again takes as many calls as receiving
# them, so less than half of the time may be spent on receiving.
_SECONDS = 12


def time_for_queue() -> Callable[[], bool]:
    """Returns a function that says whether the request may go on to receive messages."""
    stop_after = time.monotonic() + _SECONDS
    return lambda: time.monotonic() < stop_after
