"""DELETE /api/v1/users/addresses/{id}: delete an address of the caller."""

from microshop.addresses.managing import delete_address
from microshop.addresses.unit_of_work import AddressesUnitOfWork
from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform.mysql import database


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    delete_address(request.require_caller(), request.path_id("id"), AddressesUnitOfWork(database()))
    return no_content()
