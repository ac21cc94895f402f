"""Responses that belong to no domain: problems and the shop's health. Imported for types only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from microshop.orders.placing_view import OrderPrices


class FieldProblemView(TypedDict):
    """One thing wrong with one field."""

    field: str
    reason: str


class ProblemView(TypedDict):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: NotRequired[int]  # API Gateway leaves it out of refusals that may have one of several
    detail: str
    request_id: str
    help: NotRequired[str]
    errors: NotRequired[list[FieldProblemView]]
    prices: NotRequired[OrderPrices]


class Healthy(TypedDict):
    """Database and Redis answer."""

    status: Literal["ok"]
    database: Literal["ok"]
    redis: Literal["ok"]


class Unhealthy(TypedDict):
    """Database or Redis does not answer."""

    status: Literal["unavailable"]
    database: Literal["ok", "unavailable"]
    redis: Literal["ok", "unavailable"]
