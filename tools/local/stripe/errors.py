"""Errors in the form of Stripe's API."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An error response: a status and the fields of Stripe's error object."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        given = {name: value for name, value in fields.items() if value is not None}
        self.error = {"type": kind, "message": message, **given}

    @property
    def body(self) -> dict[str, Any]:
        """The response body."""
        return {"error": self.error}


def invalid(message: str, *, status: int = 400, **fields: Any) -> Refused:
    """Returns the error of an invalid request."""
    return Refused(status, "invalid_request_error", message, **fields)


def missing(kind: str, identifier: str) -> Refused:
    """Returns the error of an id that does not exist."""
    return invalid(f"No such {kind}: '{identifier}'", status=404, code="resource_missing", param="id")


def failed(status: int, message: str = "An unknown error occurred") -> Refused:
    """Returns an internal error of Stripe."""
    return Refused(status, "api_error", message)
