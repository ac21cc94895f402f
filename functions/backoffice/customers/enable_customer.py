"""POST /api/v1/admin/customers/{id}/enable: let a disabled account log in again."""

from microshop.customers.managing import enable
from microshop.customers.unit_of_work import CustomersUnitOfWork
from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CUSTOMERS


@endpoint(requires=WRITE_CUSTOMERS)
def handler(request: Request) -> Response:
    enable(request.require_caller(), request.path_id("id"), CustomersUnitOfWork(database()))
    return no_content()
