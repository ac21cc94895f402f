"""GET /api/v1/users/addresses: the caller's address book."""

from microshop.addresses.repository import AddressRepository
from microshop.addresses.view import address_list
from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.mysql import database


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    return ok(address_list(AddressRepository(database()).of_user(request.require_caller().user_id)))
