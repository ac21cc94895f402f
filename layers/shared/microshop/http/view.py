"""The types of responses outside any domain: problem details and the shop's health. Imported for types only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from microshop.orders.placing_view import OrderPrices


class FieldProblemView(TypedDict):
    """An error in one field."""

    field: str
    reason: str


class ProblemView(TypedDict):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: NotRequired[int]  # API Gateway's own responses leave it out if they may have one of several
    detail: str
    request_id: str
    help: NotRequired[str]
    errors: NotRequired[list[FieldProblemView]]
    prices: NotRequired[OrderPrices]


class Healthy(TypedDict):
    """The health while database and Redis answer."""

    status: Literal["ok"]
    database: Literal["ok"]
    redis: Literal["ok"]


class Unhealthy(TypedDict):
    """The health while database or Redis does not answer."""

    status: Literal["unavailable"]
    database: Literal["ok", "unavailable"]
    redis: Literal["ok", "unavailable"]
