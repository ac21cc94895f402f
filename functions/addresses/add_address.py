"""POST /api/v1/users/addresses: add an address to the caller's address book."""

from microshop.addresses.managing import add_address
from microshop.addresses.schemas import AddAddressRequest
from microshop.addresses.unit_of_work import AddressesUnitOfWork
from microshop.addresses.view import added_address_view
from microshop.http import CUSTOMER, Request, Response, created, endpoint
from microshop.platform.mysql import database


@endpoint(requires=CUSTOMER, takes_key=True)
def handler(request: Request) -> Response:
    body = request.body(AddAddressRequest)
    caller, key, uow = request.require_caller(), request.idempotency_key(body), AddressesUnitOfWork(database())
    added = add_address(caller, body.fields(), key, uow, is_default=body.is_default)
    return created(added_address_view(added), location="/api/v1/users/addresses")
