"""Request body for changes of the stock of several products, and its rule for repeated ids."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from microshop.errors import FieldProblem, InvalidInput
from microshop.limits import MAX_ID
from microshop.products.product import MAX_CHANGES, MAX_STOCK_CHANGE, StockChange
from microshop.products.schemas import WRONG_DELTA
from microshop.schemas import Reason, RequestModel, field_error

type Id = Annotated[int, Field(ge=1, le=MAX_ID)]


class SentStockChange(RequestModel):
    """A change of the stock of a product by `delta` units."""

    id: Id
    delta: Annotated[int, Field(ge=-MAX_STOCK_CHANGE, le=MAX_STOCK_CHANGE)]


class ChangeStockRequest(RequestModel):
    """POST /admin/variants/stock: the reason and the kind belong to all changes, such as those of a delivery."""

    changes: Annotated[list[SentStockChange], Field(min_length=1, max_length=MAX_CHANGES)]
    reason: Reason
    kind: Literal["received", "adjusted"] = "adjusted"

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        for number, change in enumerate(self.changes):
            if change.delta == 0 or (self.kind == "received" and change.delta < 0):
                raise field_error(f"changes.{number}.delta", WRONG_DELTA)
        return self

    def stock_changes(self) -> list[StockChange]:
        """Returns the changes in the order of the request.

        Raises:
            InvalidInput: a product is changed twice; it names the field.
        """
        refuse_repeated_ids([change.id for change in self.changes])
        return [StockChange(change.id, change.delta) for change in self.changes]


def refuse_repeated_ids(ids: Sequence[int]) -> None:
    """Refuse `changes` that change the same product twice.

    Raises:
        InvalidInput: it names the field of each further change.
    """
    first = dict[int, int]()
    for number, product_id in enumerate(ids):
        first.setdefault(product_id, number)
    problems = [
        FieldProblem(f"changes.{number}.id", f"is that of changes.{first[product_id]}")
        for number, product_id in enumerate(ids)
        if first[product_id] != number
    ]
    if problems:
        raise InvalidInput(*problems)
