"""DELETE /api/v1/users/erasure: keep the caller's account, although its erasure was asked for."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.privacy.cancelling import cancel_erasure
from microshop.privacy.unit_of_work import ErasuresUnitOfWork


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    cancel_erasure(request.require_caller(), ErasuresUnitOfWork(database()))
    return no_content()
