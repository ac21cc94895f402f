"""Refusals in the form of Stripe's API."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An error answer: a status and the fields of Stripe's error object."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        given = {name: value for name, value in fields.items() if value is not None}
        self.error = {"type": kind, "message": message, **given}

    @property
    def body(self) -> dict[str, Any]:
        """What the answer says."""
        return {"error": self.error}


def invalid(message: str, *, status: int = 400, **fields: Any) -> Refused:
    """A request that Stripe would not carry out."""
    return Refused(status, "invalid_request_error", message, **fields)


def missing(kind: str, identifier: str) -> Refused:
    """There is no such thing."""
    return invalid(f"No such {kind}: '{identifier}'", status=404, code="resource_missing", param="id")


def failed(status: int, message: str = "An unknown error occurred") -> Refused:
    """An error of Stripe's own."""
    return Refused(status, "api_error", message)
