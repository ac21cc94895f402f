"""A process of a race that changes several variants at once, without a retry after a deadlock.

Arguments: `prices` or `stock`, the id of a member of staff, and the ids of the variants in the order of the request.
"""

import sys

from microshop import transactions
from microshop.listings.changing_prices import change_prices
from microshop.listings.variant import PriceChange
from microshop.platform.mysql import Database
from microshop.products.bulk_schemas import ChangeStockRequest
from microshop.products.changing_stock import change_stock
from microshop.products.unit_of_work import ProductsUnitOfWork
from microshop.scopes import EVERYTHING
from tests.support.builders import a_caller
from tests.support.process_race import act_when_told
from tests.support.use_cases import catalogue


def _act(database: Database, kind: str, user_id: str, *product_ids: str) -> object:
    staff = a_caller(user_id=int(user_id), scopes=EVERYTHING)
    transactions._ATTEMPTS = 1
    ids = [int(each) for each in product_ids]
    if kind == "prices":
        return change_prices(staff, [PriceChange(each, 700, "USD", 1) for each in ids], None, catalogue(database))
    changes = [{"id": each, "delta": -1} for each in ids]
    request = ChangeStockRequest.model_validate({"changes": changes, "reason": "counted"})
    return change_stock(staff, request, None, ProductsUnitOfWork(database))


if __name__ == "__main__":
    act_when_told(lambda database, _redis: _act(database, *sys.argv[1:]))
