"""POST /api/v1/admin/customers/{id}/disable: end the sessions and links of an account, and let it log in no more."""

from microshop.customers.managing import disable
from microshop.customers.schemas import DisableCustomerRequest
from microshop.customers.unit_of_work import CustomersUnitOfWork
from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import WRITE_CUSTOMERS
from microshop.users.sessions import Sessions


@endpoint(requires=WRITE_CUSTOMERS)
def handler(request: Request) -> Response:
    user_id, body = request.path_id("id"), request.body(DisableCustomerRequest)
    disable(request.require_caller(), user_id, body.reason, Sessions(redis()), CustomersUnitOfWork(database()))
    return no_content()
