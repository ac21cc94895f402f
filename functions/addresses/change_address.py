"""PUT /api/v1/users/addresses/{id}: replace an address of the caller, unless its version has changed."""

from microshop.addresses.managing import change_address
from microshop.addresses.schemas import ChangeAddressRequest
from microshop.addresses.unit_of_work import AddressesUnitOfWork
from microshop.addresses.view import etag_of, saved_address_view
from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.versions import expected_version


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    address_id, body = request.path_id("id"), request.body(ChangeAddressRequest)
    changed = change_address(
        request.require_caller(),
        address_id,
        expected_version(request.header("if-match"), body.version),
        body.fields(),
        AddressesUnitOfWork(database()),
        is_default=body.is_default,
    )
    return ok(saved_address_view(changed), {"ETag": etag_of(changed)})
