"""Erasures as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the class below; no function instantiates it.
    from datetime import datetime
    from typing import TypedDict

    from microshop.view_types import Timestamp

    class ErasureView(TypedDict):
        """When an account will be erased."""

        due_at: Timestamp


def erasure_view(due_at: datetime) -> ErasureView:
    """Returns the response to a request for erasure."""
    return {"due_at": due_at.isoformat()}
